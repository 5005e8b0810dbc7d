// parcel_writer.h: pushes of the legacy API.  Spec 11.  A writer is a view of a parcel: several may
// write to one, and a ParcelReader may read from it; all move its one cursor.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "reference/parcel/common_writer.h"

namespace touchstone::parcel {

struct Service {
  std::uint32_t handle = 0, token = 0, cookie = 0;

  bool operator==(const Service&) const = default;
};

// `address` is a number to a parcel: nothing is read there.
struct Buffer {
  std::uint32_t size = 0;
  std::uint64_t address = 0;

  bool operator==(const Buffer&) const = default;
};

class ParcelWriter : public CommonWriter {
 public:
  explicit ParcelWriter(Parcel& parcel)
      : CommonWriter(parcel), layout_(legacy_layout(parcel.model())) {}

  // Signed, whatever a char is to the compiler (PCL-14, PCL-20).
  Refusal push_char(char value) { return push_int8(static_cast<std::int8_t>(value)); }
  Refusal push_char_unaligned(char value) {
    return push_int8_unaligned(static_cast<std::int8_t>(value));
  }
  // In ILP32 the lower half of the value (PCL-19).
  Refusal push_intptr(std::int64_t value) {
    return push_uintptr(static_cast<std::uint64_t>(value));
  }

  // Up to its NUL; null is refused (PCL-37).
  Refusal push_c_string(const char* text) {
    if (text == nullptr) return refuse(Refusal::string_unsendable);
    return push_terminated(text);
  }

  // 1 to 8192 bytes; null is a span without bytes.
  Refusal push_flat_object(std::span<const std::byte> object) {
    if (object.empty() || object.size() > flat_bytes_max) {
      return refuse(Refusal::flat_unsendable);  // PCL-39
    }
    if (const Refusal why = parcel_.why_no_push(); why != Refusal::none) return parcel_.fail(why);
    if (overlaps_its_place(object)) [[unlikely]]
      return push_overlapping(object.size());
    return push_counted(object.data(), object.size(), 0, Refusal::no_room_for_flat);  // PCL-40
  }

  Refusal push_descriptor(std::int32_t descriptor) {
    const auto object = push_object(ObjectType::descriptor, layout_.bytes);
    if (!object) return object.error();
    store(*object + layout_.descriptor, descriptor);  // PCL-28
    return Refusal::none;
  }

  // The cookie is not sent (PCL-26).
  Refusal push_service(const Service& service) {
    const auto object = push_object(ObjectType::service, layout_.bytes);
    if (!object) return object.error();
    store(*object + layout_.handle, service.handle);  // PCL-29
    store(*object + layout_.token, service.token);
    return Refusal::none;
  }
  Refusal push_null_service() { return refuse(Refusal::null_service); }  // PCL-44

  // Of 1 to 65536 bytes, at an address that is not 0.
  Refusal push_buffer(const Buffer& buffer) {
    if (buffer.address == 0 || buffer.size == 0 || buffer.size > buffer_bytes_max) {
      return refuse(Refusal::buffer_unsendable);  // PCL-45
    }
    const auto object = push_object(ObjectType::buffer, layout_.bytes);
    if (!object) return object.error();
    store(*object + layout_.size, buffer.size);  // PCL-30
    store_word(parcel_.model(), *object + layout_.address, buffer.address);
    return Refusal::none;
  }

 private:
  // Whether the bytes lie where push_counted would put them, behind their count.
  bool overlaps_its_place(std::span<const std::byte> object) const {
    if (parcel_.left() < 4 + object.size() + padding_of(object.size())) return false;
    const std::byte* place = parcel_.state().data + parcel_.used() + 4;
    const std::less<const std::byte*> before;  // they may be parts of different objects
    return before(object.data(), place + object.size()) &&
           before(place, object.data() + object.size());
  }
  // PCL-41: count and zeroes.
  Refusal push_overlapping(std::size_t bytes) {
    push(static_cast<std::uint32_t>(bytes));
    std::byte* place = parcel_.take_to_write(bytes + padding_of(bytes));
    std::memset(place, 0, bytes + padding_of(bytes));
    return parcel_.fail(Refusal::flat_overlaps);
  }

  ObjectLayout layout_;
};

}  // namespace touchstone::parcel
