#include "adapter/isolated_steps.h"

#include <cstdint>
#include <utility>

namespace touchstone {
namespace {

// A frame is one of these letters; behind `result_frame` stands a result.
constexpr std::string_view step_begins_frame = "s";
constexpr std::string_view steps_are_over_frame = "e";
constexpr char result_frame = 'r';

// The parent's view of the child's progress.
class Progress {
 public:
  enum class Phase : std::uint8_t { before_steps, in_step, between_steps, after_steps };

  Progress(std::size_t steps_max, const std::function<bool(std::string_view)>& on_result)
      : steps_left_(steps_max), on_result_(on_result) {}

  Phase phase() const { return phase_; }

  // False where the child cannot have meant it.
  bool take(std::string_view frame) {
    if (frame == step_begins_frame) {
      phase_ = Phase::in_step;
      return steps_left_-- != 0;
    }
    if (frame == steps_are_over_frame) {
      phase_ = Phase::after_steps;
      return true;
    }
    if (frame.front() != result_frame || phase_ == Phase::after_steps) return false;
    phase_ = Phase::between_steps;
    return on_result_(frame.substr(1));
  }

 private:
  std::size_t steps_left_;
  const std::function<bool(std::string_view)>& on_result_;
  Phase phase_ = Phase::before_steps;
};

}  // namespace

void StepSender::begin() {
  frames_.add(step_begins_frame);
  frames_.flush();
}

void StepSender::give(std::string_view result) { frames_.add(result_frame + std::string(result)); }

void StepSender::finish() {
  frames_.add(steps_are_over_frame);
  frames_.flush();
}

StepsEnd run_steps_in_child(const ChildOptions& options, std::size_t steps_max,
                            const std::function<void(StepSender&)>& body,
                            const std::function<bool(std::string_view)>& on_result) {
  Progress progress(steps_max, on_result);
  ChildEnd child = run_in_child(
      options,
      [&body](FrameSender& frames) {
        StepSender sender(frames);
        body(sender);
      },
      [&progress](std::string_view frame) { return progress.take(frame); });
  StepsEnd end{child.kind, std::move(child.reason), false, std::move(child.captured)};
  if (end.kind == ChildEnd::Kind::finished) return end;
  if (progress.phase() == Progress::Phase::before_steps) end.reason += " (before the first step)";
  end.is_after_last = progress.phase() == Progress::Phase::after_steps;
  if (end.is_after_last) end.reason += " (after the last step)";
  return end;
}

}  // namespace touchstone
