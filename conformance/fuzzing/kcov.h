// kcov.h: what code of a driver the calls of a run reach, as the KCOV of this machine's kernel
// tells the agent (touchstone/kcov_map.h).  Chooses no Program.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <iosfwd>
#include <span>
#include <string>
#include <vector>

#include "conformance/fuzzing/mapped_file.h"
#include "touchstone/kcov_map.h"

namespace touchstone::fuzzing {

struct DriverFunction {
  std::string name;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

// Where the kernel has put the functions of a module: lines of /proc/kallsyms; ascending.  Or why
// that is not known.
std::expected<std::vector<DriverFunction>, std::string> functions_of_module(
    const std::string& module, std::istream& kallsyms);

class KcovMap {
 public:
  // Makes the file, or opens one that is there; all of a run's users may write to it.
  static std::expected<KcovMap, std::string> open(const std::filesystem::path& file,
                                                  std::span<const DriverFunction> functions);

  // Has the agents that this process starts from now on write there.
  static void use(const std::filesystem::path& file);

  // How many edges no call had come by before the last time that this was asked.
  std::size_t take_new_edges();

  // Since the file was made.
  std::span<const std::uint8_t> edges() const;
  std::span<const std::uint8_t> points() const;
  int error() const { return static_cast<int>(map().error); }

 private:
  KcovMap(MappedFile file, std::size_t points) : file_(std::move(file)), point_count_(points) {}
  touchstone_kcov_map& map() const { return *static_cast<touchstone_kcov_map*>(file_.data()); }
  std::uint8_t* seen() const {
    return TOUCHSTONE_KCOV_POINTS(&map()) + point_count_;
  }  // behind what agents know

  MappedFile file_;
  std::size_t point_count_;
};

// The points of a function that were reached, as distances from its begin, ascending.
struct ReachedFunction {
  std::string name;
  std::vector<std::uint64_t> points{};
};
std::vector<ReachedFunction> reached_functions(std::span<const DriverFunction> functions,
                                               std::span<const std::uint8_t> points);

}  // namespace touchstone::fuzzing
