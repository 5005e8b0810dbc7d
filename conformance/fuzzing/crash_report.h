// crash_report.h: what a fuzz target prints as it dies: the reports of AddressSanitizer, of
// LeakSanitizer, of UndefinedBehaviorSanitizer and of libFuzzer itself, and the findings of our own
// targets, read for what tells one mistake from another.  Runs nothing.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace touchstone::fuzzing {

inline constexpr std::size_t own_frames_max = 3;

struct CrashReport {
  std::string what;  // "heap-buffer-overflow READ", "timeout", "fuzz target exited"
  // The innermost functions that are neither a sanitizer's, nor libFuzzer's, nor of a standard
  // library, e.g. "demo::Parser::parse()"; "mine.so+0x1139" where there are no symbols.
  std::vector<std::string> frames;
  std::string text;  // the report, from its head to its summary

  // One line, the same for what is likely one mistake.
  std::string signature() const;
};

// Whether a report begins with this line of what a program prints.
bool begins_crash_report(std::string_view line);

// The first report in what a program printed.
std::optional<CrashReport> parse_crash_report(std::string_view printed);

// A finding as fuzz::report() writes it: into a file, or to stderr before it aborts.
struct Story {
  std::string kind;       // "difference"
  std::string signature;  // one line
  std::string text;
};
std::optional<Story> parse_story(std::string_view printed);

}  // namespace touchstone::fuzzing
