// refusal.h: why an operation on a parcel did not give what was asked for, one name for each
// situation that the contract tells apart.  Spec 11 and 12.
#pragma once

#include <cstdint>
#include <expected>

namespace touchstone::parcel {

enum class Refusal : std::uint8_t {
  none,  // it was done

  // init
  bad_init,         // PCL-2
  table_too_large,  // PCL-3

  // any push, any pop
  not_available,  // PCL-34, PCL-36
  // any push
  received,  // PCL-6: the parcel reads a message
  // push of one kind
  no_room,               // PCL-35, NPC-7: a number, a buffer
  string_unsendable,     // PCL-37
  no_room_for_string,    // PCL-38, also string16: its length is pushed
  flat_unsendable,       // PCL-39
  no_room_for_flat,      // PCL-40, also raw data: its length is pushed
  flat_overlaps,         // PCL-41: its bytes are taken
  no_room_for_object,    // PCL-42
  no_entry,              // PCL-43: its bytes are taken
  null_service,          // PCL-44
  buffer_unsendable,     // PCL-45
  null_string,           // NPC-4: no mark is set
  string16_unsendable,   // NPC-15
  no_room_for_elements,  // NPC-18: the count is pushed
  vector_too_large,      // NPC-22
  append_does_not_fit,   // NPC-25
  bytes_unsendable,      // NPC-26: a buffer or raw data

  // pop of one kind
  cut_off,                   // PCL-54: a number, or the length of something
  string_claims_too_much,    // PCL-59: no mark is set
  string_cut_off,            // PCL-60, also string16
  flat_claims_too_much,      // PCL-64: no mark is set
  flat_cut_off,              // PCL-65
  no_place_for_count,        // PCL-66: the C interface alone
  no_such_object,            // PCL-67: no entry left, or it names another place
  object_cut_off,            // PCL-68
  object_of_another_type,    // PCL-69: the object is taken, no mark is set
  bytes_cut_off,             // NPC-8: a buffer or raw data
  raw_of_another_size,       // NPC-10: no mark is set
  no_bytes_asked_for,        // NPC-11: no mark is set
  string16_without_end,      // NPC-13: it is taken, no mark is set
  string16_claims_too_much,  // NPC-14: no mark is set
  vector_claims_too_much,    // NPC-20: no mark is set
  vector_cut_off,            // NPC-21
};

template <typename T>
using Popped = std::expected<T, Refusal>;

// The clause that decides, "PCL-35"; the first where there are several, "" for none.
const char* clause_of(Refusal refusal);

}  // namespace touchstone::parcel
