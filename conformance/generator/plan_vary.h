// plan_vary.h: a Plan a little different from another: what the generator tries where it is told
// what a Plan has reached.  Knows no RapidCheck.
#pragma once

#include "conformance/generator/plan.h"
#include "conformance/generator/plan_draw.h"

namespace touchstone {

// One to four changes of `plan`: a Command drawn anew, put in, taken out, put elsewhere or with
// another choice; a scene put in; or its end replaced by that of `other`.
Plan vary_plan(const Plan& plan, const Plan& other, Draw& draw);

}  // namespace touchstone
