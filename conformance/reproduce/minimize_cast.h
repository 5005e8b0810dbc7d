// minimize_cast.h: Programs with fewer steps or a smaller cast that may do the same: what the
// minimiser tries.  Whether they do is not known here.
#pragma once

#include <cstddef>
#include <set>
#include <vector>

#include "adapter/program.h"

namespace touchstone {

using StepSet = std::set<std::size_t>;

Program without_steps(const Program& program, const StepSet& steps);

// Steps that belong together: all of one task, what sets it up, what opens and maps in a process.
std::vector<StepSet> groups_of(const Program& program);

// Three steps of one task each; none where there are too many.
std::vector<StepSet> triples_of(const Program& program);

// One task plays the part of another too, a process becomes a thread, a child a process of its own.
std::vector<Program> recasts_of(const Program& program);

// Two tasks change roles, but for what sets them up.  No shorter by itself.
std::vector<Program> swaps_of(const Program& program);

// A call that sleeps is made where it was polled, two spells of time become one, an allocation
// fails just before the step that it was meant for.
std::vector<Program> joined_steps_of(const Program& program);

// Of a long Program: one request that waits, or one message that is longer, in place of two calls.
std::vector<Program> joined_calls_of(const Program& program);

}  // namespace touchstone
