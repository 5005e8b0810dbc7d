// Programs on the reference alone: after every step each invariant of its state holds.  An input is
// useful if its first step did something, and at least half of its steps could be carried out.
#include <fmt/format.h>

#include "adapter/backends/reference_backend.h"
#include "adapter/case_text.h"
#include "adapter/executor.h"
#include "adapter/program_bytes.h"
#include "adapter/recorder.h"
#include "conformance/judge.h"
#include "conformance/keep_memory.h"
#include "fuzz/target.h"

namespace touchstone {
namespace {

bool was_carried_out(const Outcome& outcome) { return outcome.kind != Outcome::Kind::not_run; }

void report_broken(const Program& program, const std::vector<Outcome>& outcomes,
                   const std::string& invariant, std::span<const std::uint8_t> input) {
  Program shown = record(program, outcomes);
  shown.header.name = "invariant";
  shown.header.title = "after its last step: " + invariant;
  const std::string text = shown.steps.empty() ? "" : print_case(shown);
  fuzz::report({.kind = "invariant",
                .signature = invariant,
                .text = "the reference breaks an invariant: " + invariant + "\n" + text,
                .extension = "case",
                .file = text},
               input);
}

void run(std::span<const std::uint8_t> input) {
  const Program program = decode_program(std::as_bytes(input));
  const auto reference = make_reference({.data_model = data_model_of(program)});
  Executor executor(program, *reference);
  std::vector<Outcome> outcomes;
  outcomes.reserve(program.steps.size());
  std::size_t carried_out = 0;
  for (std::size_t step = 0; step < program.steps.size(); ++step) {
    outcomes.push_back(executor.run_step(step));
    if (was_carried_out(outcomes.back())) ++carried_out;
    if (const auto invariant = reference->broken_invariant()) {
      return report_broken(program, outcomes, *invariant, input);
    }
  }
  const bool is_useful = !outcomes.empty() && was_carried_out(outcomes.front()) &&
                         outcomes.front().kind != Outcome::Kind::error &&
                         carried_out * 2 >= outcomes.size();
  fuzz::count_input(is_useful);
}

}  // namespace
}  // namespace touchstone

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  touchstone::keep_freed_memory();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  if (touchstone::fuzz::begins({bytes, count})) touchstone::run({bytes, count});
  return 0;
}
