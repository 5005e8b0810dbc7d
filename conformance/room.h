// room.h: how much of a pool messages take, which the contract leaves open (MSG-41): how to see
// that it decides what becomes of a Program, and whether it may.
#pragma once

#include <cstddef>

#include "adapter/backend.h"
#include "adapter/program.h"

namespace touchstone {

// Pools of two pages at least and half of the largest at most: they have a half and a double.
void make_pools_scalable(Program& program);

// The first step that ends in another way in pools with half the room or twice as much; the number
// of steps if none does.
std::size_t room_decides_from(const Program& program, DataModel data_model);

// Whether just as many messages fit into the implementation's pools as into the reference's.  False
// if it could not be tried.
bool has_room_of_reference(BackendFactory& backend);

}  // namespace touchstone
