// real_time.h: when to go on where `advance` waits: a real clock is never exact, so each wait ends
// well after the time limits that have to be over by then and well before those that must not be.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "adapter/program.h"

namespace touchstone {

// The steps of one Program, as they are played.
class Pace {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Pace(const Program& program, Clock::time_point (*now)() = Clock::now);

  void begin_step(std::size_t index);
  void end_step();
  // The first step that ended after a limit that was not to be over by then.
  std::optional<std::size_t> late_from() const { return late_from_; }

  // For how many milliseconds from now on the step that has begun, an Advance, is to wait.
  std::uint64_t wait_ms();

 private:
  const Program& program_;
  Clock::time_point (*const now_)();
  std::vector<Clock::time_point> played_;  // by step
  std::size_t index_ = 0;
  std::chrono::milliseconds case_time_{0};
  std::optional<Clock::time_point> not_over_;  // since the last Advance
  std::optional<std::size_t> late_from_;
};

}  // namespace touchstone
