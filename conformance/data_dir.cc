#include "conformance/data_dir.h"

namespace touchstone {
namespace {

bool holds_data(const std::filesystem::path& root) {
  std::error_code error;
  return std::filesystem::is_directory(root / "spec", error) &&
         std::filesystem::is_directory(root / "conformance" / "cases", error);
}

}  // namespace

std::expected<DataDir, std::string> find_data_dir(const char* chosen,
                                                  const std::filesystem::path& program_folder) {
  if (chosen != nullptr) {
    if (holds_data(chosen)) return DataDir{chosen};
    return std::unexpected(std::string("TOUCHSTONE_DATA is ") + chosen +
                           ", which has no spec/ and conformance/cases/");
  }
  const std::filesystem::path installed = program_folder.parent_path() / "share" / "touchstone";
  if (!program_folder.empty() && holds_data(installed)) return DataDir{installed};
  const std::filesystem::path beside = program_folder / "touchstone-data";
  if (!program_folder.empty() && holds_data(beside)) return DataDir{beside};
  const std::filesystem::path source = TOUCHSTONE_SOURCE_DIR;
  if (holds_data(source)) return DataDir{source};
  return std::unexpected("no spec/ and conformance/cases/ in " + installed.string() + " or " +
                         source.string() + "; set TOUCHSTONE_DATA to the folder that has them");
}

std::filesystem::path folder_of_this_program() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? std::filesystem::path() : program.parent_path();
}

}  // namespace touchstone
