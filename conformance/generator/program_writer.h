// program_writer.h: a Plan as a Program.  Each Command becomes a step, which runs on the reference
// at once, so that later ones can name what came back; its outcome is the step's expectation.
#pragma once

#include "adapter/backend.h"
#include "conformance/generator/plan.h"
#include "conformance/generator/program_grower.h"

namespace touchstone {

struct WriteOptions {
  bool checks_invariants = false;
};

// The data model that the plan's Program is written in; ILP32 for `any`.
DataModel data_model_of(const Plan& plan);

// Never fails: a Command that has no meaning where it stands writes nothing.
Written write_program(const Plan& plan, const WriteOptions& options = {});

// Adds the step, or the steps, that the Command means where the Program stands.
void write_command(const Command& command, bool is_portable, ProgramGrower& grower);

}  // namespace touchstone
