// real_time.h: when to go on where `advance` waits: a real clock is never exact, so each wait ends
// well after the time limits that have to be over by then and well before those that must not be.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "adapter/program.h"

namespace touchstone {

// The steps of one Program, as they are played.
class Pace {
 public:
  explicit Pace(const Program& program);

  void begin_step(std::size_t index);

  // For how many milliseconds from now on the step that has begun, an Advance, is to wait.
  std::uint64_t wait_ms();

 private:
  const Program& program_;
  std::vector<std::chrono::steady_clock::time_point> played_;  // by step
  std::size_t index_ = 0;
  std::chrono::milliseconds case_time_{0};
};

}  // namespace touchstone
