// engine_afl.h: the figures that AFL++ keeps in a file while it works, and the names of what it
// puts aside.  The engine itself is made by engine.h.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

namespace touchstone::fuzzing {

// Of `fuzzer_stats`: lines "execs_done        : 48213".
struct AflStatus {
  std::uint64_t executions = 0;
  std::uint64_t edges = 0;
  std::uint64_t corpus = 0;
};
std::optional<AflStatus> parse_fuzzer_stats(std::string_view text);

// Whether a file in crashes/ or hangs/ or queue/ is an input: "id:000000,sig:06,...", no README.
bool is_afl_input(std::string_view name);

// The first `name` in the folders of $PATH; empty if there is none.
std::filesystem::path find_in_path(std::string_view name);

}  // namespace touchstone::fuzzing
