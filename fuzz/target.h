// target.h: what every fuzz target is written against: one function for one input, a way to tell of
// a wrong answer, a count of the inputs that came to something.  Each target is one file in
// targets/, linked with libFuzzer, with AFL++'s driver, or with standalone_main.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

// The target: returns 0; -1 for an input that shall not go into the corpus.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count);

namespace touchstone::fuzz {

struct Finding {
  std::string_view kind;       // "difference", "invariant", "round-trip", ...: one word
  std::string signature;       // one line; equal for what is likely one mistake
  std::string text;            // for people: the case, what was expected, what came
  std::string extension = {};  // of `file`, e.g. "case"; empty: there is none
  std::string file = {};       // a reproducer
};

// Prints the finding to stderr and aborts, as fuzzers expect.  With $TOUCHSTONE_FUZZ_FINDINGS, a
// folder, the input and the finding are written there, once for each signature, and the target goes
// on: NAME.input, NAME.txt, NAME.EXTENSION, where NAME is KIND-HASH.
void report(const Finding& finding, std::span<const std::uint8_t> input);

// Counts an input, and whether it came further than a refusal at its first step.  The count is
// printed to stderr when the process ends: "touchstone: N executions, M useful".
void count_input(bool is_useful);

// Each target asks this first.  False for an input that it shall leave alone: one of those listed
// in the file $TOUCHSTONE_FUZZ_SKIP, by their hash, which are known to end the process.  Any other
// is kept in the file $TOUCHSTONE_FUZZ_INPUT (conformance/fuzzing/live_input.h) until the next
// comes.
bool begins(std::span<const std::uint8_t> input);

// FNV-1a, 64 bits, as 16 hexadecimal digits.
std::string hash_of(std::span<const std::uint8_t> bytes);

// Ends a target that has not what it needs, before its first input: status 3.
[[noreturn]] void give_up(std::string_view target, const std::string& reason);

// An environment variable; none if it is not set, or empty.
std::optional<std::string> environment(const char* name);

// What the variable names; without it, the library of that file name of the build that the program
// is from.
std::expected<std::string, std::string> library_path(const char* variable, const std::string& file);

inline std::span<const std::byte> as_bytes(const std::uint8_t* bytes, std::size_t count) {
  return std::as_bytes(std::span(bytes, count));
}

}  // namespace touchstone::fuzz
