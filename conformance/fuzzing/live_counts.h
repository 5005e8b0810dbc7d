// live_counts.h: how many inputs the targets of a run have taken, and how many of them came to
// something, in a file that all of them have mapped: known while they run, and after they died.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "conformance/fuzzing/mapped_file.h"

namespace touchstone::fuzzing {

class LiveCounts {
 public:
  // The file is made if it is not there.  Or why it cannot be had.
  static std::expected<std::unique_ptr<LiveCounts>, std::string> open(
      const std::filesystem::path& file);

  void add(bool is_useful);
  std::uint64_t executions() const;
  std::uint64_t useful() const;

 private:
  struct Shared {
    std::uint64_t executions;
    std::uint64_t useful;
  };
  explicit LiveCounts(MappedFile file) : file_(std::move(file)) {}
  Shared& shared() const { return *static_cast<Shared*>(file_.data()); }

  MappedFile file_;
};

}  // namespace touchstone::fuzzing
