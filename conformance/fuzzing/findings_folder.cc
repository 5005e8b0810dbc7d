#include "conformance/fuzzing/findings_folder.h"

#include <algorithm>
#include <fstream>

#include "conformance/text_file.h"

namespace touchstone::fuzzing {
namespace {

namespace fs = std::filesystem;

std::string why(const fs::path& path, const std::error_code& error) {
  return path.string() + ": " + error.message();
}

}  // namespace

bool FindingsFolder::knows(const std::string& name) const {
  std::error_code ignored;
  return fs::exists(path_of(name), ignored);
}

std::expected<void, std::string> FindingsFolder::keep(const std::string& name,
                                                      const FindingFiles& files) const {
  std::error_code error;
  fs::create_directories(root_, error);
  if (error) return std::unexpected(why(root_, error));
  // What a run that was broken off leaves behind is not taken for a finding.
  const fs::path unfinished = root_ / (name + ".unfinished");
  fs::remove_all(unfinished, error);
  fs::create_directories(unfinished, error);
  if (error) return std::unexpected(why(unfinished, error));
  for (const auto& [file, text] : files) {
    if (auto written = write_text_file(unfinished / file, text); !written) return written;
  }
  fs::rename(unfinished, path_of(name), error);
  if (!error) return {};
  std::error_code ignored;
  fs::remove_all(unfinished, ignored);
  return std::unexpected(why(path_of(name), error));
}

std::expected<std::size_t, std::string> FindingsFolder::note_seen(const std::string& name,
                                                                  std::string_view line) const {
  const fs::path path = path_of(name) / "seen.txt";
  std::ofstream(path, std::ios::app) << line << '\n';
  const auto text = read_text_file(path);
  if (!text) return std::unexpected(text.error());
  return lines_of(*text).size();
}

}  // namespace touchstone::fuzzing
