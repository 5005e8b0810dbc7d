// engine_libfuzzer.h: the lines that libFuzzer prints while it works.  The engine itself is made by
// engine.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace touchstone::fuzzing {

// "#4096\tpulse  cov: 85 ft: 102 corp: 16/35b lim: 43 exec/s: 2048 rss: 33Mb"
struct LibfuzzerStatus {
  std::uint64_t executions = 0;
  std::uint64_t edges = 0;
  std::uint64_t corpus = 0;
};
std::optional<LibfuzzerStatus> parse_libfuzzer_status(std::string_view line);

// "stat::number_of_executed_units: 31088", of the figures it prints as it ends.
std::optional<std::uint64_t> parse_executed_units(std::string_view line);

// "touchstone: 31088 executions, 29011 useful", from the target itself.
struct TargetCounts {
  std::uint64_t executions = 0;
  std::uint64_t useful = 0;
};
std::optional<TargetCounts> parse_target_counts(std::string_view line);

// What an artifact is, by its name: "crash-5ba9...", "timeout-...", "oom-...", "leak-..."; empty
// for anything else that libFuzzer writes there, as slow-unit-.
std::string_view artifact_kind(std::string_view name);

}  // namespace touchstone::fuzzing
