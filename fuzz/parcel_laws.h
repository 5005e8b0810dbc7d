// parcel_laws.h: what the contract says of every pop (spec 11 and 12), whatever the message: where
// the cursor may be, what a value is, which failures set the mark.  Knows no reader; parcel_pops.h
// performs the pops.
#pragma once

#include <cstddef>
#include <cstdint>

#include "conformance/userspace/parcel_operation.h"
#include "reference/parcel/parcel.h"

namespace touchstone::fuzz {

// What a pop gave.
struct PopSeen {
  parcel::Refusal refusal = parcel::Refusal::none;
  bool is_done = false;
  std::uint64_t value = 0;           // of a number, with its sign; of a service its handle
  const std::byte* place = nullptr;  // of bytes in the message
  std::size_t place_bytes = 0;
};

struct PopAsked {
  userspace::ParcelType type{};
  bool is_newer = false;
  std::uint64_t size = 0;  // of buffer and raw
};

// The law that a pop broke, in words; null if it broke none.
const char* broken_pop_law(const PopAsked& asked, const PopSeen& seen,
                           const parcel::ParcelState& before, const parcel::ParcelState& after,
                           parcel::DataModel model);

}  // namespace touchstone::fuzz
