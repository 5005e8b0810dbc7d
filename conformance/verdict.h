// verdict.h: the words that a case can end with, and which of them fail a run.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace touchstone {

enum class Verdict : std::uint8_t {
  pass,             // every step came out as its clauses say
  quirk,            // a deviation that the profile tolerates
  unsupported,      // needs a capability that the backend does not state
  waived,           // fails as the backend's waiver file says it does
  fail,             // a step did not come out right
  crash,            // the implementation died
  timeout,          // it did not come back
  unexpected_pass,  // waived, but it holds
  backend_lost,     // the backend cannot be reached any more
  broken,           // a mistake of Touchstone's own
};

inline constexpr std::array all_verdicts{
    Verdict::pass,         Verdict::quirk,  Verdict::unsupported, Verdict::waived,
    Verdict::fail,         Verdict::crash,  Verdict::timeout,     Verdict::unexpected_pass,
    Verdict::backend_lost, Verdict::broken,
};

// "pass", "unexpected-pass", ...
std::string_view verdict_word(Verdict verdict);
std::optional<Verdict> verdict_from_word(std::string_view word);

// True where the verdict makes the run's exit status other than 0.
bool fails_the_run(Verdict verdict);

// A run's exit status.
enum class ExitStatus : std::uint8_t {
  all_held = 0,
  unexpected_result = 1,
  wrong_usage = 2,  // also a malformed file, or nothing to do
  backend_unusable = 3,
  harness_broken = 4,
};

}  // namespace touchstone
