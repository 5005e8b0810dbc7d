// target_programs.h: where the programs of a fuzz target lie, which other builds make.  Builds and
// runs none.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <vector>

namespace touchstone::fuzzing {

enum class EngineKind : std::uint8_t { libfuzzer, afl };

struct TargetPrograms {
  std::filesystem::path program;     // BUILD/bin/fuzz/TARGET or BUILD/bin/afl/TARGET
  std::filesystem::path make_seeds;  // BUILD/bin/make_seeds
  std::filesystem::path mutator;     // for AFL++; empty if it is not there
};

// The builds to look into, in order.  `chosen` (--build) is then the only one; else the build that
// this program is of, `from_environment` ($TOUCHSTONE_FUZZ_BUILD, may be null), those of the
// presets.
std::vector<std::filesystem::path> builds_to_search(const std::string& chosen,
                                                    const std::filesystem::path& program_folder,
                                                    const char* from_environment,
                                                    const std::filesystem::path& source_folder);

// In the first build that has the target.  Else which targets there are, or which commands build
// them.
std::expected<TargetPrograms, std::string> find_target(
    const std::string& target, EngineKind engine, const std::vector<std::filesystem::path>& builds);

}  // namespace touchstone::fuzzing
