// data_dir.h: where spec, cases and corpora lie.  Reads none of them.
#pragma once

#include <expected>
#include <filesystem>
#include <string>

namespace touchstone {

struct DataDir {
  std::filesystem::path root;

  std::filesystem::path spec() const { return root / "spec"; }
  std::filesystem::path cases() const { return root / "conformance" / "cases"; }
  std::filesystem::path scripts() const { return root / "conformance" / "userspace" / "cases"; }
};

// The first of: `chosen` (the value of $TOUCHSTONE_DATA; null if it is not set), which must then be
// right; ../share/touchstone beside the program; touchstone-data beside it, as where fuzz targets
// run that were built elsewhere; where the program was built.
std::expected<DataDir, std::string> find_data_dir(const char* chosen,
                                                  const std::filesystem::path& program_folder);

// The folder of the running program; empty where the system does not tell.
std::filesystem::path folder_of_this_program();

}  // namespace touchstone
