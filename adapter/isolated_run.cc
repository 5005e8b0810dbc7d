#include "adapter/isolated_run.h"

#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "adapter/executor.h"
#include "adapter/isolated_steps.h"
#include "adapter/outcome_bytes.h"
#include "adapter/printable_text.h"

namespace touchstone {
namespace {

void run_in_this_process(const Program& program, BackendFactory& factory, StepSender& sender) {
  const std::unique_ptr<Backend> backend = factory.create();
  if (!backend) {
    Outcome lost;
    lost.kind = Outcome::Kind::lost;
    lost.reason = "no instance could be made";
    sender.give(encode_outcome(lost));
    return;
  }
  Executor executor(program, *backend);
  for (std::size_t index = 0; index < program.steps.size(); ++index) {
    sender.begin();
    const Outcome outcome = executor.run_step(index);
    sender.give(encode_outcome(outcome));
    if (outcome.kind == Outcome::Kind::lost) break;
  }
  sender.finish();
}

// False where the child cannot have meant it.
bool take_outcome(std::string_view bytes, const Program& program, std::vector<Outcome>& outcomes) {
  std::optional<Outcome> outcome = decode_outcome(bytes);
  if (!outcome || outcomes.size() >= program.steps.size() + 1) return false;
  const MessageName name = outcome->message.name;
  const bool known = static_cast<std::size_t>(name) < program.message_names.size();
  if (!known && name != unnamed_message) return false;
  outcomes.push_back(std::move(*outcome));
  return true;
}

Outcome::Kind kind_of(ChildEnd::Kind end) {
  switch (end) {
    case ChildEnd::Kind::died: return Outcome::Kind::crash;
    case ChildEnd::Kind::silent: return Outcome::Kind::hang;
    case ChildEnd::Kind::finished:
    case ChildEnd::Kind::not_started: break;
  }
  return Outcome::Kind::lost;
}

void add_bad_end(const StepsEnd& end, std::vector<Outcome>& outcomes) {
  Outcome outcome;
  outcome.kind = kind_of(end.kind);
  outcome.reason = end.reason;
  // One outcome a step: nobody looks behind the last one, and this must be seen.
  if (end.is_after_last && !outcomes.empty()) {
    if (outcomes.back().kind == Outcome::Kind::lost) return;
    outcomes.pop_back();
  }
  outcomes.push_back(std::move(outcome));
}

}  // namespace

IsolatedResult run_isolated(const Program& program, BackendFactory& factory,
                            const IsolationOptions& options) {
  IsolatedResult result;
  StepsEnd end = run_steps_in_child(
      {.silence_max = options.step_time_max, .captured_lines_max = options.captured_lines_max},
      program.steps.size(),
      [&](StepSender& sender) { run_in_this_process(program, factory, sender); },
      [&](std::string_view bytes) { return take_outcome(bytes, program, result.outcomes); });
  if (end.kind != ChildEnd::Kind::finished) add_bad_end(end, result.outcomes);
  result.captured_stderr = std::move(end.captured);
  for (Outcome& outcome : result.outcomes) outcome.reason = printable_text(outcome.reason);
  return result;
}

}  // namespace touchstone
