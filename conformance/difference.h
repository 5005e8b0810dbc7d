// difference.h: puts a step that did not come out right into words: the clause that decides it,
// what was expected, what came, and what such an answer would mean.  Decides nothing.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "adapter/program.h"
#include "conformance/result.h"
#include "conformance/spec_catalogue.h"

namespace touchstone {

// Alternatives joined by " | ", empty for none.
std::string outcome_text(std::span<const Outcome> outcomes, const Program& program);

// The clause that a wrong answer breaks: that of a defect of the message, or that by which the
// reference decided the step; empty where a step before it kept it from being carried out.
std::string clause_of(const Outcome& reference, std::span<const Outcome> got);

// All but role and state.  `right` is what was expected.
Difference describe_difference(const Program& program, std::size_t step,
                               std::span<const Outcome> right, const Outcome& reference,
                               std::span<const Outcome> got, const SpecCatalogue& catalogue);

}  // namespace touchstone
