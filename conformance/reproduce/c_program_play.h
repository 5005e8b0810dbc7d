// c_program_play.h: what a task of a printed program does in one step: the body of a C function.
#pragma once

#include <string>

#include "adapter/program.h"
#include "conformance/reproduce/c_program_plan.h"

namespace touchstone {

// Lines indented by two; empty for a poll.
std::string c_play(const Step& step, const CStepPlan& plan, const Program& program);

}  // namespace touchstone
