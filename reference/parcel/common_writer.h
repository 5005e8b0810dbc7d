// common_writer.h: pushes that the legacy and the newer API have in common: numbers, strings, and
// places for special objects.  Spec 11.  A push that fails says why and sets the overflow mark.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "reference/parcel/parcel.h"

namespace touchstone::parcel {

class CommonWriter {
 public:
  Refusal push_bool(bool value) { return push<std::uint32_t>(value ? 1 : 0); }     // PCL-16
  Refusal push_int8(std::int8_t value) { return push<std::int32_t>(value); }       // PCL-14
  Refusal push_int16(std::int16_t value) { return push<std::int32_t>(value); }     // PCL-14
  Refusal push_int32(std::int32_t value) { return push(value); }                   // PCL-17
  Refusal push_int64(std::int64_t value) { return push(value); }                   // PCL-18
  Refusal push_uint8(std::uint8_t value) { return push<std::uint32_t>(value); }    // PCL-15
  Refusal push_uint16(std::uint16_t value) { return push<std::uint32_t>(value); }  // PCL-15
  Refusal push_uint32(std::uint32_t value) { return push(value); }                 // PCL-17
  Refusal push_uint64(std::uint64_t value) { return push(value); }                 // PCL-18
  Refusal push_float(float value) { return push(value); }                          // PCL-17
  Refusal push_double(double value) { return push(value); }                        // PCL-18

  // In ILP32 the lower half of the value (PCL-19).
  Refusal push_uintptr(std::uint64_t value) {
    if (parcel_.model() == DataModel::lp64) return push(value);
    return push(static_cast<std::uint32_t>(value));
  }

  Refusal push_bool_unaligned(bool value) { return push<std::uint8_t>(value ? 1 : 0); }  // PCL-16
  Refusal push_int8_unaligned(std::int8_t value) { return push(value); }                 // PCL-20
  Refusal push_uint8_unaligned(std::uint8_t value) { return push(value); }               // PCL-20
  Refusal push_int16_unaligned(std::int16_t value) { return push(value); }               // PCL-21
  Refusal push_uint16_unaligned(std::uint16_t value) { return push(value); }             // PCL-21

  // The bytes as they are, a NUL among them too.
  Refusal push_string(std::string_view text) {
    if (const Refusal why = parcel_.why_no_push(); why != Refusal::none) return parcel_.fail(why);
    if (text.size() > pushed_string_bytes_max) {
      return parcel_.fail(Refusal::string_unsendable);  // PCL-37
    }
    return push_counted(text.data(), text.size(), 1, Refusal::no_room_for_string);  // PCL-38
  }

  Parcel& parcel() { return parcel_; }

 protected:
  explicit CommonWriter(Parcel& parcel) : parcel_(parcel) {}

  // All bytes of `slot` at the cursor, wherever that is (PCL-10).
  template <typename Slot>
  Refusal push(Slot slot) {
    if (const Refusal why = parcel_.why_no_push(); why != Refusal::none) return parcel_.fail(why);
    if (parcel_.left() < sizeof slot) return parcel_.fail(Refusal::no_room);  // PCL-12, PCL-35
    store(parcel_.take_to_write(sizeof slot), slot);
    return Refusal::none;
  }

  // A refusal for what was to be pushed, unless nothing can be pushed at all (PCL-34).
  Refusal refuse(Refusal refusal) {
    const Refusal why = parcel_.why_no_push();
    return parcel_.fail(why == Refusal::none ? refusal : why);
  }

  // A string of C up to its NUL, which is looked for no further than a string can reach.
  Refusal push_terminated(const char* text) {
    const void* end = std::memchr(text, 0, pushed_string_bytes_max + 1);
    if (end == nullptr) return refuse(Refusal::string_unsendable);  // PCL-37
    return push_string({text, static_cast<const char*>(end)});
  }

  // A count of bytes, the bytes, `end_bytes` zeroes, and more up to whole words.
  Refusal push_counted(const void* from, std::size_t bytes, std::size_t end_bytes,
                       Refusal no_room_for_body) {
    const Refusal count = push(static_cast<std::uint32_t>(bytes));  // PCL-22, PCL-25
    if (count != Refusal::none) return count;
    if (!parcel_.has_whole(bytes + end_bytes)) return parcel_.fail(no_room_for_body);
    push_filled(from, bytes, end_bytes);
    return Refusal::none;
  }

  // `end_bytes` < 4 and `bytes` are not both 0, and there is room.
  void push_filled(const void* from, std::size_t bytes, std::size_t end_bytes) {
    const std::size_t whole = bytes + end_bytes + padding_of(bytes + end_bytes);
    std::byte* place = parcel_.take_to_write(whole);
    store<std::uint32_t>(place + whole - 4, 0);       // PCL-24: all that the bytes do not cover
    if (bytes > 0) std::memmove(place, from, bytes);  // PCL-23
  }

  // Zeroes for a special object of `type`, with an entry in the table.
  Popped<std::byte*> push_object(ObjectType type, std::size_t bytes) {
    const auto fail = [&](Refusal why) { return std::unexpected(parcel_.fail(why)); };
    if (const Refusal why = parcel_.why_no_push(); why != Refusal::none) return fail(why);
    if (parcel_.left() < bytes) return fail(Refusal::no_room_for_object);  // PCL-42
    const std::size_t offset = parcel_.used();
    std::byte* object = parcel_.take_to_write(bytes);
    std::memset(object, 0, bytes);                             // PCL-26
    if (!parcel_.has_entry()) return fail(Refusal::no_entry);  // PCL-43
    parcel_.push_entry(offset);                                // PCL-31
    store(object, static_cast<std::uint32_t>(type));           // PCL-27
    return object;
  }

  Parcel& parcel_;
};

}  // namespace touchstone::parcel
