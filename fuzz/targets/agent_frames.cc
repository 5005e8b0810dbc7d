// Bytes on the line between Touchstone and an agent: as answers to the harness's calls, and as
// frames for the decoders of both sides.  An input is useful if one of its frames was understood.
#include "fuzz/agent_trial.h"
#include "fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  using namespace touchstone::fuzz;
  if (!begins({bytes, count})) return 0;
  const AgentVerdict verdict = try_agent_line(AgentFunctions(), {bytes, count});
  count_input(verdict.is_understood);
  if (!verdict.broken_law.empty()) {
    report({.kind = "line",
            .signature = verdict.broken_law,
            .text = verdict.broken_law + "\n" + verdict.detail},
           {bytes, count});
  }
  return 0;
}
