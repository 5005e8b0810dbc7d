// minimize_fields.h: what one step could be instead, were it plainer.  Knows neither the steps
// around it nor what comes back from it.
#pragma once

#include <vector>

#include "adapter/operation.h"

namespace touchstone {

enum class Fineness : std::uint8_t {
  coarse,  // a part is left out, or becomes what it mostly is
  fine,    // a number comes nearer to 0, a byte becomes 0
};

// Operations lighter than this one (minimize_weight.h), those that leave out most first.  Names are
// taken to be plain: T1 was made before T2.
std::vector<Operation> simpler_operations(const Operation& operation, Fineness fineness);

}  // namespace touchstone
