// Reads of the newer API.  Spec 12.
#include "reference/parcel/newer_reader.h"

namespace touchstone::parcel {

PoppedBytes NewerReader::pop_string() {
  PoppedBytes string = CommonReader::pop_string();
  const bool is_told = string.done() || string.refusal == Refusal::string_cut_off;
  if (!is_told) string.count.reset();  // NPC-5
  return string;
}

PoppedBytes NewerReader::pop_whole(std::size_t bytes) {
  if (!parcel_.available()) return {.refusal = parcel_.fail(Refusal::not_available)};
  if (!parcel_.has_whole(bytes)) return {.refusal = parcel_.fail_cut_off(Refusal::bytes_cut_off)};
  return {.bytes = take_whole(bytes)};
}

PoppedBytes NewerReader::pop_buffer(std::size_t bytes) {
  if (bytes == 0) return {.refusal = Refusal::no_bytes_asked_for};  // NPC-11
  return pop_whole(bytes);                                          // NPC-8
}

PoppedBytes NewerReader::pop_raw(std::size_t bytes) {
  if (bytes == 0) return {.refusal = Refusal::no_bytes_asked_for};  // NPC-11
  const Popped<std::uint32_t> count = pop_uint32();
  if (!count) return {.refusal = count.error()};
  if (*count != bytes) return {.refusal = Refusal::raw_of_another_size};  // NPC-10
  return pop_whole(bytes);
}

PoppedBytes NewerReader::pop_string16() {
  const Popped<std::uint32_t> count = pop_uint32();
  if (!count) return {.count = 0, .refusal = count.error()};
  if (*count > string16_units_max) {
    return {.count = *count, .refusal = Refusal::string16_claims_too_much};  // NPC-14
  }
  const std::size_t bytes = 2 * *count;
  if (!parcel_.has_whole(bytes + 2)) {
    return {.count = *count, .refusal = parcel_.fail_cut_off(Refusal::string_cut_off)};
  }
  const std::span<const std::byte> units = take_whole(bytes + 2);
  if (load<std::uint16_t>(units.data() + bytes) != 0) {
    return {.count = *count, .refusal = Refusal::string16_without_end};  // NPC-13
  }
  return {.bytes = units.first(bytes), .count = *count};
}

Popped<std::int32_t> NewerReader::pop_descriptor() {
  const auto object = pop_object(ObjectType::descriptor, layout_.bytes);
  if (!object) return std::unexpected(object.error());
  return load<std::int32_t>(*object + layout_.descriptor);
}

Popped<NewerService> NewerReader::pop_service() {
  const auto object = pop_object(ObjectType::service, layout_.bytes);
  if (!object) return std::unexpected(object.error());
  return NewerService{load<std::uint32_t>(*object + layout_.handle),  // NPC-23
                      load_word(parcel_.model(), *object + layout_.token),
                      load_word(parcel_.model(), *object + layout_.cookie)};
}

}  // namespace touchstone::parcel
