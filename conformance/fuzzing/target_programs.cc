#include "conformance/fuzzing/target_programs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace touchstone::fuzzing {
namespace {

namespace fs = std::filesystem;

std::string_view folder_of(EngineKind engine) {
  return engine == EngineKind::libfuzzer ? "fuzz" : "afl";
}

bool is_program(const fs::path& path) {
  std::error_code error;
  const auto status = fs::status(path, error);
  return !error && fs::is_regular_file(status) &&
         (status.permissions() & fs::perms::owner_exec) != fs::perms::none;
}

std::set<std::string> targets_in(const fs::path& folder) {
  std::set<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (is_program(entry.path())) names.insert(entry.path().filename().string());
  }
  return names;
}

std::string how_to_build(EngineKind engine, const std::vector<fs::path>& builds) {
  std::vector<std::string> places;
  for (const fs::path& build : builds) {
    places.push_back((build / "bin" / folder_of(engine)).string());
  }
  const std::string_view preset = engine == EngineKind::libfuzzer ? "fuzz" : "fuzz-afl";
  return fmt::format(
      "no fuzz targets in {}; build them, in the folder of the sources, with\n"
      "  cmake --preset {} && cmake --build --preset {}\n"
      "or name a build that has them with --build",
      fmt::join(places, ", "), preset, preset);
}

}  // namespace

std::vector<fs::path> builds_to_search(const std::string& chosen, const fs::path& program_folder,
                                       const char* from_environment,
                                       const fs::path& source_folder) {
  if (!chosen.empty()) return {chosen};
  std::vector<fs::path> builds;
  if (!program_folder.empty()) builds.push_back(program_folder.parent_path());
  if (from_environment != nullptr && *from_environment != '\0') {
    builds.emplace_back(from_environment);
  }
  for (const char* preset : {"fuzz", "asan-ubsan", "fuzz-fast", "fuzz-afl"}) {
    builds.push_back(source_folder / "build" / preset);
  }
  std::vector<fs::path> different;
  for (const fs::path& build : builds) {
    if (std::ranges::find(different, build) == different.end()) different.push_back(build);
  }
  return different;
}

std::expected<TargetPrograms, std::string> find_target(const std::string& target, EngineKind engine,
                                                       const std::vector<fs::path>& builds) {
  std::set<std::string> there_are;
  for (const fs::path& build : builds) {
    const fs::path folder = build / "bin" / folder_of(engine);
    const std::set<std::string> names = targets_in(folder);
    if (names.contains(target)) {
      const fs::path mutator = build / "lib" / "touchstone" / "touchstone-afl-mutator.so";
      std::error_code ignored;
      return TargetPrograms{folder / target, build / "bin" / "make_seeds",
                            fs::exists(mutator, ignored) ? mutator : fs::path()};
    }
    there_are.insert(names.begin(), names.end());
  }
  if (there_are.empty()) return std::unexpected(how_to_build(engine, builds));
  return std::unexpected(
      fmt::format("no fuzz target `{}`; there are {}", target, fmt::join(there_are, ", ")));
}

}  // namespace touchstone::fuzzing
