// time_limits.h: what has to be over, and what must not be, when a Program lets time pass and a
// real clock is never exact.  Reads no clock.
#pragma once

#include <cstddef>

#include "adapter/program.h"

namespace touchstone {

// Steps whose five seconds (RCV-7, MSG-27) count, by number from 1; 0 where there is none.
struct TimeLimits {
  std::size_t over = 0;      // the last one of which they must be past
  std::size_t not_over = 0;  // the first one of which they must not be
  std::size_t sleeps = 0;    // how many steps may wait to see that a task sleeps
};

// After the Advance at `index`, from what the steps up to the next one expect.
TimeLimits time_limits(const Program& program, std::size_t index);

}  // namespace touchstone
