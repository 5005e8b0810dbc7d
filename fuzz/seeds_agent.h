// seeds_agent.h: short conversations with an agent as inputs of the target agent_frames.
#pragma once

#include <vector>

#include "fuzz/seeds.h"

namespace touchstone::fuzz {

// In the order of their names.
std::vector<Seed> agent_seeds();

}  // namespace touchstone::fuzz
