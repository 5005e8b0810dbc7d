// seeds_ioctl.h: calls of a few small stories as inputs of the target ioctl_bytes.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "fuzz/seeds.h"

namespace touchstone::fuzz {

// In the order of their names; or what is wrong with a story.
std::expected<std::vector<Seed>, std::string> ioctl_seeds();

}  // namespace touchstone::fuzz
