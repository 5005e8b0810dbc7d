#include "conformance/reproduce/c_program_alternatives.h"

#include <algorithm>
#include <vector>

#include "adapter/backends/reference_backend.h"
#include "adapter/executor.h"
#include "conformance/also_right.h"

namespace touchstone {
namespace {

bool is_among(const Outcome& outcome, const std::vector<Outcome>& alternatives) {
  return std::ranges::any_of(alternatives,
                             [&outcome](const Outcome& one) { return same_outcome(one, outcome); });
}

}  // namespace

Program with_alternatives(const Program& program, const SpecCatalogue& catalogue) {
  ReferenceOptions options;
  if (program.header.abi == CaseAbi::lp64) options.data_model = DataModel::lp64;
  const auto reference = make_reference(options);
  const std::vector<Outcome> outcomes = execute(program, *reference);
  Program more = program;
  for (std::size_t index = 0; index < outcomes.size(); ++index) {
    Step& step = more.steps[index];
    if (!is_among(outcomes[index], step.expected)) continue;
    for (const Outcome& also :
         also_right(step.operation, outcomes[index], catalogue, options.data_model)) {
      if (!is_among(also, step.expected)) step.expected.push_back(also);
    }
  }
  return more;
}

}  // namespace touchstone
