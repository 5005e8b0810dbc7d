// minimize_names.h: a Program under plain names, as it looks once it is short.  Knows no outcome
// but the names that outcomes give.
#pragma once

#include "adapter/program.h"

namespace touchstone {

// The same Program with names in the order of appearance (T1, P1, m1), expecting nothing but the
// messages that are named.  Steps that name what no step before them makes are left out.
Program in_plain_names(const Program& program);

}  // namespace touchstone
