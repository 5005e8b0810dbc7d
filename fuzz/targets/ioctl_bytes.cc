// Raw argument bytes, wild pointers and any command word on the reference: after every call each
// invariant of its state holds.  No structure is known and nothing is mutated by meaning: this is
// the base line of `program`.  An input is useful if one of its calls was not refused.
#include "adapter/backends/reference_backend.h"
#include "fuzz/ioctl_calls.h"
#include "fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  using namespace touchstone;
  const std::span input(bytes, count);
  if (!fuzz::begins(input)) return 0;
  const auto reference = make_reference({.data_model = fuzz::ioctl_data_model(input)});
  const fuzz::IoctlVerdict verdict =
      fuzz::call_ioctls(*reference, [&] { return reference->broken_invariant(); }, input);
  fuzz::count_input(verdict.is_any_taken);
  if (verdict.broken_invariant) {
    fuzz::report({.kind = "invariant",
                  .signature = *verdict.broken_invariant,
                  .text = "the reference breaks an invariant: " + *verdict.broken_invariant + "\n" +
                          verdict.story},
                 input);
  }
  return 0;
}
