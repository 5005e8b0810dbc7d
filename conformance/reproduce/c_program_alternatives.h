// c_program_alternatives.h: what else is right beside what a Program expects, for a program that
// stands alone and cannot ask the contract: a step that a judge lets pass must not stop it.
#pragma once

#include "adapter/program.h"
#include "conformance/spec_catalogue.h"

namespace touchstone {

// The Program, with the outcomes that the contract names beside the reference's where the Program
// expects what the reference gives.
Program with_alternatives(const Program& program, const SpecCatalogue& catalogue);

}  // namespace touchstone
