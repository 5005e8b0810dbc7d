#include "adapter/recorder.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace touchstone {
namespace {

MessageName new_name(Program& program, std::size_t line) {
  const auto taken = [&](const std::string& name) {
    return std::ranges::find(program.message_names, name) != program.message_names.end();
  };
  std::string name = "m" + std::to_string(line);
  while (taken(name)) name += 'a';
  program.message_names.push_back(std::move(name));
  return MessageName{static_cast<std::uint32_t>(program.message_names.size() - 1)};
}

// What a case can state of the outcome.
Outcome as_expectation(const Outcome& outcome) {
  Outcome expected = outcome;
  expected.reason.clear();
  expected.clause = "";
  return expected;
}

}  // namespace

Program record(const Program& program, const std::vector<Outcome>& outcomes) {
  Program recording;
  recording.header = program.header;
  recording.message_names = program.message_names;
  const std::size_t count = std::min(program.steps.size(), outcomes.size());
  for (std::size_t index = 0; index < count; ++index) {
    const Outcome& outcome = outcomes[index];
    if (outcome.kind == Outcome::Kind::not_run) continue;
    if (outcome.kind == Outcome::Kind::lost) break;
    Step step = program.steps[index];
    step.expected = {as_expectation(outcome)};
    Outcome& expected = step.expected.front();
    if (expected.kind == Outcome::Kind::message && expected.message.name == unnamed_message) {
      expected.message.name = new_name(recording, step.line != 0 ? step.line : index + 1);
    }
    recording.steps.push_back(std::move(step));
    if (outcome.kind == Outcome::Kind::crash || outcome.kind == Outcome::Kind::hang) break;
  }
  return recording;
}

}  // namespace touchstone
