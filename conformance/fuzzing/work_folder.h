// work_folder.h: a folder of our own for the time of one run.  It goes away with this.
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <utility>

namespace touchstone::fuzzing {

class WorkFolder {
 public:
  // Where the system keeps such; or why there is none.
  static std::expected<WorkFolder, std::string> make();
  WorkFolder(WorkFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  WorkFolder& operator=(WorkFolder&&) = delete;
  ~WorkFolder();

  const std::filesystem::path& path() const { return path_; }

 private:
  explicit WorkFolder(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;
};

}  // namespace touchstone::fuzzing
