// A text read as a case, and as a script of user space: what is read is printed, read again and
// printed the same; an error has its place in the text.  An input is useful if it was read beyond
// its header.
#include "fuzz/target.h"
#include "fuzz/text_trial.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  using namespace touchstone::fuzz;
  if (!begins({bytes, count})) return 0;
  const std::string_view text(reinterpret_cast<const char*>(bytes), count);
  const TextVerdict verdict = try_text(TextFunctions(), text);
  count_input(verdict.is_past_header);
  if (!verdict.broken_law.empty()) {
    report({.kind = "text",
            .signature = verdict.broken_law,
            .text = verdict.broken_law + "\n" + verdict.detail},
           {bytes, count});
  }
  return 0;
}
