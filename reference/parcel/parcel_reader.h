// parcel_reader.h: pops of the legacy API.  Spec 11.  A reader is a view of a parcel, like a
// ParcelWriter; what it gives of strings and flat objects lies in the parcel's own bytes.
#pragma once

#include <cstdint>

#include "reference/parcel/common_reader.h"
#include "reference/parcel/parcel_writer.h"

namespace touchstone::parcel {

class ParcelReader : public CommonReader {
 public:
  explicit ParcelReader(Parcel& parcel)
      : CommonReader(parcel), layout_(legacy_layout(parcel.model())) {}

  Popped<char> pop_char() { return pop<char, 4>(); }  // PCL-55
  Popped<char> pop_char_unaligned() { return pop<char>(); }
  // In ILP32 the upper half is the sign (PCL-19).
  Popped<std::int64_t> pop_intptr() {
    if (parcel_.model() == DataModel::lp64) return pop<std::int64_t>();
    return pop<std::int32_t>();
  }

  // The place of its bytes; an object of no bytes has a place too (PCL-62, PCL-63).
  PoppedBytes pop_flat_object() {
    return pop_counted(0, flat_bytes_max, Refusal::flat_claims_too_much,  // PCL-64
                       Refusal::flat_cut_off);                            // PCL-65
  }

  Popped<std::int32_t> pop_descriptor() {
    const auto object = pop_object(ObjectType::descriptor, layout_.bytes);
    if (!object) return std::unexpected(object.error());
    return load<std::int32_t>(*object + layout_.descriptor);  // PCL-71
  }
  Popped<Service> pop_service() {
    const auto place = pop_service_place();
    if (!place) return std::unexpected(place.error());
    const std::byte* object = *place - layout_.handle;
    return Service{load<std::uint32_t>(object + layout_.handle),  // PCL-33
                   load<std::uint32_t>(object + layout_.token),
                   load<std::uint32_t>(object + layout_.cookie)};
  }
  Popped<Buffer> pop_buffer() {
    const auto place = pop_buffer_place();
    if (!place) return std::unexpected(place.error());
    const std::byte* object = *place - layout_.size;
    return Buffer{load<std::uint32_t>(object + layout_.size),  // PCL-71
                  load_word(parcel_.model(), object + layout_.address)};
  }

  // The same, as the place in the message of the handle or the size (PCL-70).  At any address.
  Popped<const std::byte*> pop_service_place() {
    return pop_value(ObjectType::service, layout_.handle);
  }
  Popped<const std::byte*> pop_buffer_place() {
    return pop_value(ObjectType::buffer, layout_.size);
  }

 private:
  Popped<const std::byte*> pop_value(ObjectType type, std::size_t value) {
    const auto object = pop_object(type, layout_.bytes);
    if (!object) return object;
    return *object + value;
  }

  ObjectLayout layout_;
};

}  // namespace touchstone::parcel
