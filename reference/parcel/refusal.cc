// The clause of each refusal: what a judge names.
#include "reference/parcel/refusal.h"

namespace touchstone::parcel {

const char* clause_of(Refusal refusal) {
  switch (refusal) {
    case Refusal::none: return "";
    case Refusal::bad_init: return "PCL-2";
    case Refusal::table_too_large: return "PCL-3";
    case Refusal::not_available: return "PCL-36";
    case Refusal::received: return "PCL-6";
    case Refusal::no_room: return "PCL-35";
    case Refusal::string_unsendable: return "PCL-37";
    case Refusal::no_room_for_string: return "PCL-38";
    case Refusal::flat_unsendable: return "PCL-39";
    case Refusal::no_room_for_flat: return "PCL-40";
    case Refusal::flat_overlaps: return "PCL-41";
    case Refusal::no_room_for_object: return "PCL-42";
    case Refusal::no_entry: return "PCL-43";
    case Refusal::null_service: return "PCL-44";
    case Refusal::buffer_unsendable: return "PCL-45";
    case Refusal::null_string: return "NPC-4";
    case Refusal::string16_unsendable: return "NPC-15";
    case Refusal::no_room_for_elements: return "NPC-18";
    case Refusal::vector_too_large: return "NPC-22";
    case Refusal::append_does_not_fit: return "NPC-25";
    case Refusal::bytes_unsendable: return "NPC-26";
    case Refusal::cut_off: return "PCL-54";
    case Refusal::string_claims_too_much: return "PCL-59";
    case Refusal::string_cut_off: return "PCL-60";
    case Refusal::flat_claims_too_much: return "PCL-64";
    case Refusal::flat_cut_off: return "PCL-65";
    case Refusal::no_place_for_count: return "PCL-66";
    case Refusal::no_such_object: return "PCL-67";
    case Refusal::object_cut_off: return "PCL-68";
    case Refusal::object_of_another_type: return "PCL-69";
    case Refusal::bytes_cut_off: return "NPC-8";
    case Refusal::raw_of_another_size: return "NPC-10";
    case Refusal::no_bytes_asked_for: return "NPC-11";
    case Refusal::string16_without_end: return "NPC-13";
    case Refusal::string16_claims_too_much: return "NPC-14";
    case Refusal::vector_claims_too_much: return "NPC-20";
    case Refusal::vector_cut_off: return "NPC-21";
  }
  return "";
}

}  // namespace touchstone::parcel
