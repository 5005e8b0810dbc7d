// difference_run.h: holds one implementation against the reference on one Program: what fuzzers,
// the generator and the minimiser ask again and again.  Finds no Program itself.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapter/backend.h"
#include "adapter/backends/reference_backend.h"
#include "adapter/program.h"
#include "conformance/judge.h"
#include "conformance/play.h"
#include "conformance/reproduce/places_of_memory.h"

namespace touchstone {

// The Program without what the backend does not state that it can do (fork, exec, time, failing
// allocations, descriptors, reused ids), in its data model.
Program fitted_to(const Program& program, const BackendInfo& backend);

// What such a reference answers, as the Program's expectations.  Steps that it cannot carry out are
// left out: they name what never came to be, or need more memory for arguments than a task has; and
// with `places` those that they decide.  Messages are called m1, m2, ... as they come, lines are
// numbered from 1.
struct Expected {
  Program program;
  std::vector<Outcome> outcomes;  // of each step, with the clauses that decided
};
Expected expected_of(const Program& program, const ReferenceOptions& options,
                     PlacesOfMemory* places = nullptr);

// A Program on which an implementation is wrong.
struct Wrong {
  Program program;        // expects what the reference gives; ends with the step that decides
  Ruling ruling;          // one that fails a run
  std::string signature;  // "fail ACC-3 request EACCES 0": equal for what is likely one mistake
  // The signature without its verb: a receive instead of the poll of one, or a send that does not
  // free as well, is wrong in the same way.
  std::string manner;
  std::string captured;  // what the implementation printed
};

// None if all is as the contract has it, or leaves it open.  Expects nothing of `program` itself;
// one of class `generated` is held to nothing that depends on the room that messages take.
std::optional<Wrong> find_difference(const Program& program, BackendFactory& backend,
                                     const Judge& judge, const PlayOptions& options = {});

}  // namespace touchstone
