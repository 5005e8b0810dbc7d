// minimize_engine.h: makes a Program shorter and plainer as long as a trial says that it still
// shows what it shall show.  Deterministic; knows no backend and no contract.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>

#include "adapter/program.h"

namespace touchstone {

// Gives what is left of a Program that still shows it: all of it, or fewer steps.  None: it shows
// it no more.  What a step expects does not count, but for the names of messages.
using Trial = std::function<std::optional<Program>(const Program&)>;

struct ShrinkLimits {
  std::size_t attempts_max = 3000;
  std::chrono::milliseconds time_max{30000};
};

struct Shrunk {
  Program program;           // names in the order of appearance, message names alone expected
  std::size_t attempts = 0;  // trials that were made
};

// `program` is one that shows it: it is not tried.
Shrunk shrink_program(const Program& program, const Trial& trial, const ShrinkLimits& limits = {});

}  // namespace touchstone
