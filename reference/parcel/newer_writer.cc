// Writes of the newer API.  Spec 12.
#include "reference/parcel/newer_writer.h"

namespace touchstone::parcel {

Refusal NewerWriter::push_c_string(const char* text) {
  if (text != nullptr) return push_terminated(text);
  const Refusal why = parcel_.why_no_push();
  return why == Refusal::none ? Refusal::null_string : parcel_.fail(why);  // NPC-4
}

Refusal NewerWriter::push_buffer(std::span<const std::byte> bytes) {
  if (bytes.data() == nullptr || bytes.empty()) return refuse(Refusal::bytes_unsendable);  // NPC-26
  if (const Refusal why = parcel_.why_no_push(); why != Refusal::none) return parcel_.fail(why);
  if (!parcel_.has_whole(bytes.size())) return parcel_.fail(Refusal::no_room);
  push_filled(bytes.data(), bytes.size(), 0);  // NPC-7
  return Refusal::none;
}

Refusal NewerWriter::push_raw(std::span<const std::byte> bytes) {
  if (bytes.data() == nullptr || bytes.empty() ||
      static_cast<std::uint32_t>(bytes.size()) != bytes.size()) {
    return refuse(Refusal::bytes_unsendable);  // NPC-26
  }
  return push_counted(bytes.data(), bytes.size(), 0, Refusal::no_room_for_flat);  // NPC-9
}

Refusal NewerWriter::push_string16(const void* units, std::size_t count) {
  if (units == nullptr || count == 0 || count > string16_units_max) {
    return refuse(Refusal::string16_unsendable);  // NPC-15
  }
  const Refusal counted = push(static_cast<std::uint32_t>(count));
  if (counted != Refusal::none) return counted;
  if (!parcel_.has_whole(2 * count + 2)) {
    return parcel_.fail(Refusal::no_room_for_string);  // NPC-28
  }
  push_filled(units, 2 * count, 2);  // NPC-12
  return Refusal::none;
}

Refusal NewerWriter::push_descriptor(std::int32_t descriptor) {
  const auto object = push_object(ObjectType::descriptor, layout_.bytes);  // NPC-27
  if (!object) return object.error();
  store(*object + layout_.descriptor, descriptor);
  return Refusal::none;
}

Refusal NewerWriter::push_service(const NewerService& service) {
  const auto object = push_object(ObjectType::service, layout_.bytes);  // NPC-27
  if (!object) return object.error();
  store(*object + layout_.handle, service.handle);  // NPC-6
  store_word(parcel_.model(), *object + layout_.token, service.token);
  store_word(parcel_.model(), *object + layout_.cookie, service.cookie);
  return Refusal::none;
}

Refusal NewerWriter::append(const Parcel& from) {
  if (const Refusal why = parcel_.why_no_push(); why != Refusal::none) return parcel_.fail(why);
  if (!from.available()) return parcel_.fail(Refusal::not_available);
  const bool has_entries = from.entries_used() == 0 || parcel_.has_entry();
  if (!parcel_.has_whole(from.used()) || !has_entries ||
      from.entries_used() > parcel_.entries_left()) {
    return parcel_.fail(Refusal::append_does_not_fit);  // NPC-25
  }
  const std::size_t moved_by = parcel_.used();
  if (from.used() > 0) push_filled(from.data().data(), from.used(), 0);  // NPC-24
  for (std::size_t i = 0; i < from.entries_used(); ++i) {
    parcel_.push_entry(from.entry(i) + moved_by);
  }
  return Refusal::none;
}

}  // namespace touchstone::parcel
