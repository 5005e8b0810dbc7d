// domains.h: where random values come from: shrinkable generators for RapidCheck.  A Plan is made
// from one draw of numbers and not from a generator for each of its parts: it is cheap.
#pragma once

#include <rapidcheck.h>

#include "conformance/generator/plan.h"

namespace touchstone {

// 5 to 60 commands by size, after those that set up a CMS, a service and a client.  Shrinks by
// leaving commands out, those of the set-up too, and by making each plainer.
rc::Gen<Plan> plans(const PlanDomain& domain = {});

}  // namespace touchstone
