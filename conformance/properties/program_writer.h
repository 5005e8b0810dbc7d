// program_writer.h: a Plan as a Program.  Each Command becomes a step, which runs on the reference
// at once, so that later ones can name what came back; its outcome is the step's expectation.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapter/backend.h"
#include "adapter/outcome.h"
#include "adapter/program.h"
#include "conformance/properties/plan.h"

namespace touchstone {

struct Written {
  Program program;                // every step expects what the reference gave
  std::vector<Outcome> outcomes;  // the same, with the clauses that decided
  // The first law of the reference's that a step broke; nothing was written after that step.
  std::optional<std::string> broken_invariant;
};

struct WriteOptions {
  bool checks_invariants = false;
};

// The data model that the plan's Program is written in; ILP32 for `any`.
DataModel data_model_of(const Plan& plan);

// Never fails: a Command that has no meaning where it stands writes nothing.
Written write_program(const Plan& plan, const WriteOptions& options = {});

}  // namespace touchstone
