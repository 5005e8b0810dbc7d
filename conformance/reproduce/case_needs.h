// case_needs.h: the capabilities that a Program's steps use, for the header of a case made from it.
#pragma once

#include <string>
#include <vector>

#include "adapter/program.h"

namespace touchstone {

// Words such as "fork"; what the header itself says does not count.
std::vector<std::string> needs_of(const Program& program);

}  // namespace touchstone
