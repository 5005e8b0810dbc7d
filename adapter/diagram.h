// diagram.h: a Program as a sequence diagram in plain text: one lane a task, time goes down, arrows
// for messages sent and received, and beside each row the step with its outcome.  For people to
// read, in reports and on terminals; it judges nothing and no program reads it back.
//
// At most 118 columns wide.  A Program of more than six tasks becomes a list, indented by task.
#pragma once

#include <string>
#include <vector>

#include "adapter/program.h"

namespace touchstone {

// With `outcomes` (one a step, or fewer if the run ended early) the diagram shows those, and marks
// each that is no alternative of its step with `!` and what was expected.  Without, it shows the
// expectations.
std::string draw_sequence_diagram(const Program& program, const std::vector<Outcome>* outcomes);

}  // namespace touchstone
