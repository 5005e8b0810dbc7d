// seeds_daemon.h: answers of liteipcd, right ones and wrong ones, as inputs of the target
// daemon_answers; what its clients do, of daemon_requests.
#pragma once

#include <vector>

#include "fuzz/seeds.h"

namespace touchstone::fuzz {

// In the order of their names.
std::vector<Seed> daemon_seeds();
std::vector<Seed> broker_seeds();

}  // namespace touchstone::fuzz
