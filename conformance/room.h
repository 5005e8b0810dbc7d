// room.h: how much of a pool messages take, which the contract leaves open (MSG-41): how to see
// that it decides what becomes of a Program, and whether it may.
#pragma once

#include <cstddef>
#include <vector>

#include "adapter/backend.h"
#include "adapter/program.h"

namespace touchstone {

// Pools of two pages at least and half of the largest at most: they have a half and a double.
void make_pools_scalable(Program& program);

// The first step that ends in another way than the reference's in pools with half the room or twice
// as much; the number of steps if none does.
std::size_t room_decides_from(const Program& program, const std::vector<Outcome>& reference,
                              DataModel data_model);

// Whether a message fits into the implementation's pools where none fits into the reference's, or
// the other way round.  What else may be wrong with it is not asked here.
bool has_own_room(BackendFactory& backend);

}  // namespace touchstone
