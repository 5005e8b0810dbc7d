#include "conformance/fuzzing/input_watch.h"

#include <utility>

namespace touchstone::fuzzing {

InputWatch::InputWatch(std::unique_ptr<LiveInput> live, Limits limits, Time now)
    : live_(std::move(live)), limits_(limits), since_(now), looked_at_(now) {
  live_->clear();
}

void InputWatch::look(Time now) {
  looked_at_ = now;
  const std::uint64_t begun = live_->begun();
  if (begun == begun_) return;
  begun_ = begun;
  has_report_ = false;
  since_ = now;
}

void InputWatch::note_report(Time now) {
  look(now);
  if (has_report_) return;
  has_report_ = true;
  since_ = now;
}

bool InputWatch::is_stuck(Time now) const { return begun_ != 0 && now - since_ >= limit(); }

// Not as late as when it would be stuck: an input that it begins with just now counts from when it
// is seen.
InputWatch::Time InputWatch::due() const { return looked_at_ + limit() / 4; }

}  // namespace touchstone::fuzzing
