#include "adapter/real_time.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <variant>

#include "adapter/time_limits.h"

namespace touchstone {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds limit{5000};  // LIM-4
// What a busy machine may be late by.  A wait that must end before a limit can do so much earlier.
constexpr milliseconds behind_limit{400};
constexpr milliseconds before_limit{2000};

}  // namespace

Pace::Pace(const Program& program, Clock::time_point (*now)())
    : program_(program), now_(now), played_(program.steps.size(), Clock::time_point{}) {}

void Pace::begin_step(std::size_t index) {
  index_ = index;
  played_[index] = now_();
}

void Pace::end_step() {
  if (!late_from_ && not_over_ && now_() > *not_over_) late_from_ = index_;
}

std::uint64_t Pace::wait_ms() {
  const auto& advance = std::get<Advance>(program_.steps[index_].operation);
  case_time_ += milliseconds(advance.milliseconds);
  const TimeLimits limits = time_limits(program_, index_);
  // What came late before is made up for.
  Clock::time_point until = played_.front() + case_time_;
  std::optional<Clock::time_point> earliest, latest;
  if (limits.over > 0) earliest = played_[limits.over - 1] + limit + behind_limit;
  not_over_.reset();
  if (limits.not_over > 0) not_over_ = played_[limits.not_over - 1] + limit;
  if (not_over_) latest = *not_over_ - before_limit;
  if (latest) until = std::min(until, *latest);
  if (earliest) until = std::max(until, *earliest);
  if (earliest && latest && *earliest > *latest) {  // half way between the limits themselves
    const Clock::time_point over = *earliest - behind_limit, not_over = *latest + before_limit;
    until = over + (not_over - over) / 2;
  }
  const auto wait = std::chrono::ceil<milliseconds>(until - now_());
  return static_cast<std::uint64_t>(std::max(wait, milliseconds(0)).count());
}

}  // namespace touchstone
