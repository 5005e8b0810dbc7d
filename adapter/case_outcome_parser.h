// case_outcome_parser.h: the words of a step after `->` as Outcomes.  Errors are kept by the
// reader.
#pragma once

#include <vector>

#include "adapter/case_reader.h"
#include "adapter/outcome.h"

namespace touchstone {

// One outcome, up to ` | ` or the end of the line.
Outcome parse_one_outcome(CaseReader& reader);

// All alternatives, up to the end of the line.
std::vector<Outcome> parse_outcomes(CaseReader& reader);

}  // namespace touchstone
