// Pops chosen by the input, of both APIs and in both data models, from a message that it has: what
// they give lies in the message, the cursor never goes back or behind the end, a failure sets
// exactly the marks that the contract names.  An input is useful if one of its pops succeeded.
#include <fmt/format.h>

#include "fuzz/parcel_pops.h"
#include "fuzz/target.h"

namespace touchstone::fuzz {
namespace {

void report_broken(const PopsVerdict& verdict, std::span<const std::uint8_t> input) {
  const auto word = userspace::info_of(verdict.type).word;
  report({.kind = "law",
          .signature = fmt::format("{}: {}", word, verdict.broken_law),
          .text = fmt::format("pop {}: {}\n", word, verdict.broken_law)},
         input);
}

}  // namespace
}  // namespace touchstone::fuzz

extern "C" TOUCHSTONE_UNWATCHED int LLVMFuzzerTestOneInput(const std::uint8_t* bytes,
                                                           std::size_t count) {
  using namespace touchstone::fuzz;
  if (!begins({bytes, count})) return 0;
  const PopsVerdict verdict = pop_input({bytes, count});
  count_input(verdict.is_any_done);
  if (verdict.broken_law != nullptr) report_broken(verdict, {bytes, count});
  return 0;
}
