#include "conformance/userspace/script_play.h"

#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "adapter/isolated_steps.h"
#include "adapter/printable_text.h"

namespace touchstone::userspace {
namespace {

using Kind = PlayedStep::Kind;

PlayedStep without_player() {
  PlayedStep step;
  step.kind = Kind::lost;
  step.reason = "no instance could be made";
  return step;
}

PlayedStep malformed(StepError error) {
  PlayedStep step;
  step.kind = Kind::malformed;
  step.error = std::move(error);
  return step;
}

std::optional<StepError> key_never_shown(const ScriptStep& step, const Player& player) {
  for (const Stated& stated : step.expected) {
    for (const auto& [key, value] : stated.values) {
      if (player.can_show(step, key)) continue;
      return StepError{value.column, "a key that `" + step.words.front().text + "` shows", key};
    }
  }
  return std::nullopt;
}

PlayedStep play_step(const ScriptStep& step, Player& player) {
  if (auto error = key_never_shown(step, player)) return malformed(std::move(*error));
  PlayedStep played;
  auto shown = player.play(step);
  if (!shown) return malformed(std::move(shown.error()));
  played.kind = shown->lacks.empty() ? Kind::shown : Kind::lacking;
  played.shown = std::move(*shown);
  played.state_after = player.describe_state();
  return played;
}

// The bytes of a played step: numbers as this machine has them, since both ends are one program.
class Writer {
 public:
  void add(std::uint32_t number) {
    char raw[sizeof number];
    std::memcpy(raw, &number, sizeof number);
    bytes_.append(raw, sizeof number);
  }
  void add(std::string_view text) {
    add(static_cast<std::uint32_t>(text.size()));
    bytes_ += text;
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  std::uint32_t number() {
    std::uint32_t number = 0;
    const std::string_view raw = next(sizeof number);
    if (!failed_) std::memcpy(&number, raw.data(), sizeof number);
    return number;
  }
  std::string text() { return std::string(next(number())); }
  bool has_failed() const { return failed_; }
  bool is_whole() const { return !failed_ && rest_.empty(); }

 private:
  std::string_view next(std::size_t bytes) {
    if (bytes > rest_.size()) failed_ = true;
    if (failed_) return {};
    const std::string_view part = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return part;
  }

  std::string_view rest_;
  bool failed_ = false;
};

std::string encode(const PlayedStep& step) {
  Writer writer;
  writer.add(static_cast<std::uint32_t>(step.kind));
  writer.add(static_cast<std::uint32_t>(step.shown.values.size()));
  for (const auto& [key, value] : step.shown.values) {
    writer.add(key);
    writer.add(value);
  }
  writer.add(step.shown.lacks);
  writer.add(step.error.column);
  writer.add(step.error.expected);
  writer.add(step.error.found);
  writer.add(step.reason);
  writer.add(step.state_after);
  return writer.take();
}

std::optional<PlayedStep> decode(std::string_view bytes) {
  Reader reader(bytes);
  PlayedStep step;
  const std::uint32_t kind = reader.number();
  if (kind > static_cast<std::uint32_t>(Kind::lost)) return std::nullopt;
  step.kind = static_cast<Kind>(kind);
  for (std::uint32_t left = reader.number(); left > 0 && !reader.has_failed(); --left) {
    std::string key = reader.text();
    step.shown.values.emplace_back(std::move(key), reader.text());
  }
  step.shown.lacks = reader.text();
  step.error.column = reader.number();
  step.error.expected = reader.text();
  step.error.found = reader.text();
  step.reason = reader.text();
  step.state_after = reader.text();
  if (!reader.is_whole()) return std::nullopt;
  return step;
}

PlayedScript play_here(const Script& script, const Subject& subject, DataModel data_model) {
  const auto player = subject.make_player(data_model);
  if (!player) return {{without_player()}, {}};
  PlayedScript played;
  for (const ScriptStep& step : script.steps) {
    played.steps.push_back(play_step(step, *player));
    if (played.steps.back().kind != Kind::shown) break;
  }
  return played;
}

void play_in_child(const Script& script, const Subject& subject, DataModel data_model,
                   StepSender& sender) {
  const auto player = subject.make_player(data_model);
  if (!player) return sender.give(encode(without_player()));
  for (const ScriptStep& step : script.steps) {
    sender.begin();
    const PlayedStep played = play_step(step, *player);
    sender.give(encode(played));
    if (played.kind != Kind::shown) break;
  }
  sender.finish();
}

// What the child ended with stands for the step that it did not come back from, and after the last
// step in place of what that one showed: nobody would look behind it.
void add_bad_end(const StepsEnd& end, std::size_t steps_max, std::vector<PlayedStep>& steps) {
  PlayedStep step;
  step.reason = printable_text(end.reason);
  switch (end.kind) {
    case ChildEnd::Kind::finished: return;
    case ChildEnd::Kind::died: step.kind = Kind::crash; break;
    case ChildEnd::Kind::silent: step.kind = Kind::hang; break;
    case ChildEnd::Kind::not_started: step.kind = Kind::lost; break;
  }
  const bool is_in_place = end.is_after_last || steps.size() == steps_max;
  if (is_in_place && !steps.empty()) {
    const Kind last = steps.back().kind;
    if (last == Kind::malformed || last == Kind::lost) return;
    steps.pop_back();
  }
  steps.push_back(std::move(step));
}

}  // namespace

PlayedScript play(const Script& script, const Subject& subject, DataModel data_model,
                  std::chrono::milliseconds step_time) {
  if (subject.is_reference) return play_here(script, subject, data_model);
  PlayedScript played;
  const std::size_t steps_max = script.steps.size();
  StepsEnd end = run_steps_in_child(
      {.silence_max = step_time}, steps_max,
      [&](StepSender& sender) { play_in_child(script, subject, data_model, sender); },
      [&](std::string_view bytes) {
        std::optional<PlayedStep> step = decode(bytes);
        if (!step || played.steps.size() == steps_max) return false;
        played.steps.push_back(std::move(*step));
        return true;
      });
  add_bad_end(end, steps_max, played.steps);
  played.captured = std::move(end.captured);
  return played;
}

}  // namespace touchstone::userspace
