// real_time.h: plays Programs where `advance` waits: a real clock is never exact, so each wait ends
// well after the time limits that have to be over by then and well before those that must not be.
#pragma once

#include <vector>

#include "adapter/backend.h"
#include "adapter/program.h"

namespace touchstone {

// As execute(), for a backend in real time.
std::vector<Outcome> execute_in_real_time(const Program& program, Backend& backend);

}  // namespace touchstone
