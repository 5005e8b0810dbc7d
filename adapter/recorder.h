// recorder.h: turns a run into a recording: the same Program, expecting what came back.  Printed as
// `.case` text it can be judged elsewhere, with no backend at hand.  Runs nothing itself.
#pragma once

#include <vector>

#include "adapter/outcome.h"
#include "adapter/program.h"

namespace touchstone {

// `outcomes` are those of the program's first steps, one each.  In the recording:
// - every step expects just what came back; a message without a name is called m<line of its step>
//   (counted from 1 where there is no text), with a letter added where that name is taken;
// - steps that were not run are left out: they did nothing, and may name what never came to be;
// - it ends with a crash or a hang, before a step that lost the backend, and with the last outcome:
//   nothing is known from there on.
// Defects of a message are kept: whoever judges the recording must see them.
Program record(const Program& program, const std::vector<Outcome>& outcomes);

}  // namespace touchstone
