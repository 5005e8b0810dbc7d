// findings_folder.h: the folder that keeps what fuzz runs find: one folder for each finding, which
// is written once and never again; later runs only add a line to its seen.txt.
#pragma once

#include <cstddef>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace touchstone::fuzzing {

// Names of files and what is in them.
using FindingFiles = std::vector<std::pair<std::string, std::string>>;

class FindingsFolder {
 public:
  explicit FindingsFolder(std::filesystem::path root) : root_(std::move(root)) {}

  std::filesystem::path path_of(const std::string& name) const { return root_ / name; }
  bool knows(const std::string& name) const;

  // Writes the folder of a finding that is not known yet: whole, or not at all.
  std::expected<void, std::string> keep(const std::string& name, const FindingFiles& files) const;

  // Adds the line to seen.txt and gives how many runs have seen it.
  std::expected<std::size_t, std::string> note_seen(const std::string& name,
                                                    std::string_view line) const;

 private:
  std::filesystem::path root_;
};

}  // namespace touchstone::fuzzing
