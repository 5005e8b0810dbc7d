// Bytes as what clients of liteipcd do.  An input is useful if a message came to a receiver.
#include "fuzz/broker_trial.h"
#include "fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  using namespace touchstone::fuzz;
  if (!begins({bytes, count})) return 0;
  const BrokerVerdict verdict = try_broker({bytes, count});
  count_input(verdict.is_received);
  if (!verdict.broken_law.empty()) {
    report({.kind = "requests", .signature = verdict.broken_law, .text = verdict.broken_law},
           {bytes, count});
  }
  return 0;
}
