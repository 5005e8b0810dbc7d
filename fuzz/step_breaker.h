// step_breaker.h: changes one field of an operation: to the limits, to another name of the Program,
// to a wrong pointer.  Knows nothing of the state in which it will run.
#pragma once

#include <cstdint>

#include "adapter/operation.h"
#include "conformance/generator/plan_draw.h"

namespace touchstone::fuzz {

// How many names of each kind there are to choose from, each at least 1.
struct NameCounts {
  std::uint32_t tasks = 1;
  std::uint32_t messages = 1;
};

void break_field(Operation& operation, const NameCounts& names, Draw& draw);

}  // namespace touchstone::fuzz
