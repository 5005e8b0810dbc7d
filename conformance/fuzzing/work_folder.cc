#include "conformance/fuzzing/work_folder.h"

#include <stdlib.h>
#include <string.h>

#include <cerrno>

namespace touchstone::fuzzing {

std::expected<WorkFolder, std::string> WorkFolder::make() {
  std::error_code error;
  const auto folder = std::filesystem::temp_directory_path(error);
  if (error) return std::unexpected("no folder for temporary files: " + error.message());
  std::string name = (folder / "touchstone-fuzz-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    return std::unexpected(name + ": " + ::strerrordesc_np(errno));
  }
  return WorkFolder(name);
}

WorkFolder::~WorkFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace touchstone::fuzzing
