// seeds_daemon.h: answers of liteipcd, right ones and wrong ones, as inputs of the target
// daemon_answers.
#pragma once

#include <vector>

#include "fuzz/seeds.h"

namespace touchstone::fuzz {

// In the order of their names.
std::vector<Seed> daemon_seeds();

}  // namespace touchstone::fuzz
