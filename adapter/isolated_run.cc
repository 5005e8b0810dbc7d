#include "adapter/isolated_run.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "adapter/child_process.h"
#include "adapter/executor.h"
#include "adapter/outcome_bytes.h"
#include "adapter/printable_text.h"

namespace touchstone {
namespace {

// A frame is one of these letters; behind `outcome_frame` stands an encoded outcome.
constexpr std::string_view step_starts_frame = "s";
constexpr std::string_view steps_are_over_frame = "e";
constexpr char outcome_frame = 'o';

void run_in_this_process(const Program& program, BackendFactory& factory, FrameSender& sender) {
  const std::unique_ptr<Backend> backend = factory.create();
  if (!backend) {
    Outcome lost;
    lost.kind = Outcome::Kind::lost;
    lost.reason = "no instance could be made";
    sender.add(outcome_frame + encode_outcome(lost));
    return;
  }
  Executor executor(program, *backend);
  for (std::size_t index = 0; index < program.steps.size(); ++index) {
    sender.add(step_starts_frame);
    sender.flush();
    const Outcome outcome = executor.run_step(index);
    sender.add(outcome_frame + encode_outcome(outcome));
    if (outcome.kind == Outcome::Kind::lost) break;
  }
  sender.add(steps_are_over_frame);
  sender.flush();
}

// The parent's view of the child's progress.
struct Progress {
  enum class Phase : std::uint8_t { before_steps, in_step, between_steps, after_steps };
  Phase phase = Phase::before_steps;
  std::vector<Outcome> outcomes;

  // False where the child cannot have meant it.
  bool take(std::string_view frame, const Program& program) {
    if (frame == step_starts_frame) {
      phase = Phase::in_step;
      return outcomes.size() < program.steps.size();
    }
    if (frame == steps_are_over_frame) {
      phase = Phase::after_steps;
      return true;
    }
    if (frame.front() != outcome_frame) return false;
    std::optional<Outcome> outcome = decode_outcome(frame.substr(1));
    if (!outcome || outcomes.size() >= program.steps.size() + 1) return false;
    const MessageName name = outcome->message.name;
    const bool known = static_cast<std::size_t>(name) < program.message_names.size();
    if (!known && name != unnamed_message) return false;
    outcomes.push_back(std::move(*outcome));
    phase = Phase::between_steps;
    return true;
  }
};

Outcome::Kind kind_of(ChildEnd::Kind end) {
  switch (end) {
    case ChildEnd::Kind::died: return Outcome::Kind::crash;
    case ChildEnd::Kind::silent: return Outcome::Kind::hang;
    case ChildEnd::Kind::finished:
    case ChildEnd::Kind::not_started: break;
  }
  return Outcome::Kind::lost;
}

void add_bad_end(const ChildEnd& end, Progress& progress) {
  Outcome outcome;
  outcome.kind = kind_of(end.kind);
  outcome.reason = end.reason;
  if (progress.phase == Progress::Phase::before_steps) {
    outcome.reason += " (before the first step)";
  } else if (progress.phase == Progress::Phase::after_steps) {
    outcome.reason += " (after the last step)";
    // One outcome a step: nobody looks behind the last one, and this must be seen.
    if (!progress.outcomes.empty()) {
      if (progress.outcomes.back().kind == Outcome::Kind::lost) return;
      progress.outcomes.pop_back();
    }
  }
  progress.outcomes.push_back(std::move(outcome));
}

}  // namespace

IsolatedResult run_isolated(const Program& program, BackendFactory& factory,
                            const IsolationOptions& options) {
  Progress progress;
  const ChildEnd end = run_in_child(
      {.silence_max = options.step_time_max, .captured_lines_max = options.captured_lines_max},
      [&](FrameSender& sender) { run_in_this_process(program, factory, sender); },
      [&](std::string_view frame) { return progress.take(frame, program); });
  IsolatedResult result;
  if (end.kind != ChildEnd::Kind::finished) add_bad_end(end, progress);
  result.captured_stderr = end.captured;
  result.outcomes = std::move(progress.outcomes);
  for (Outcome& outcome : result.outcomes) outcome.reason = printable_text(outcome.reason);
  return result;
}

}  // namespace touchstone
