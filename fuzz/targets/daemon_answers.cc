// Bytes as liteipcd's answers to its client library.  An input is useful if a device call was taken
// as answered.
#include "fuzz/daemon_trial.h"
#include "fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  using namespace touchstone::fuzz;
  if (!begins({bytes, count})) return 0;
  const DaemonVerdict verdict = try_daemon_answers({bytes, count});
  count_input(verdict.is_answered);
  if (!verdict.broken_law.empty()) {
    report({.kind = "answers", .signature = verdict.broken_law, .text = verdict.broken_law},
           {bytes, count});
  }
  return 0;
}
