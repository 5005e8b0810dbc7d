// common_reader.h: pops that the legacy and the newer API have in common: numbers, strings, and
// places of special objects.  Spec 11.  A pop that fails says why.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "reference/parcel/parcel.h"

namespace touchstone::parcel {

// What a pop of counted bytes gives: where they lie in the message, and the count that it claims.
struct PoppedBytes {
  std::span<const std::byte> bytes{};    // if `refusal` is none; may be empty
  std::optional<std::uint32_t> count{};  // what the caller is told; nothing: it is told nothing
  Refusal refusal = Refusal::none;

  bool done() const { return refusal == Refusal::none; }
};

class CommonReader {
 public:
  Popped<bool> pop_bool() { return pop<bool, 4>(); }                             // PCL-55, PCL-56
  Popped<std::int8_t> pop_int8() { return pop<std::int8_t, 4>(); }               // PCL-55
  Popped<std::int16_t> pop_int16() { return pop<std::int16_t, 4>(); }            // PCL-55
  Popped<std::uint8_t> pop_uint8() { return pop<std::uint8_t, 4>(); }            // PCL-55
  Popped<std::uint16_t> pop_uint16() { return pop<std::uint16_t, 4>(); }         // PCL-55
  Popped<std::int32_t> pop_int32() { return pop<std::int32_t>(); }               // PCL-17
  Popped<std::int64_t> pop_int64() { return pop<std::int64_t>(); }               // PCL-18
  Popped<std::uint32_t> pop_uint32() { return pop<std::uint32_t>(); }            // PCL-17
  Popped<std::uint64_t> pop_uint64() { return pop<std::uint64_t>(); }            // PCL-18
  Popped<float> pop_float() { return pop<float>(); }                             // PCL-17
  Popped<double> pop_double() { return pop<double>(); }                          // PCL-18
  Popped<bool> pop_bool_unaligned() { return pop<bool, 1>(); }                   // PCL-20, PCL-56
  Popped<std::int8_t> pop_int8_unaligned() { return pop<std::int8_t>(); }        // PCL-20
  Popped<std::uint8_t> pop_uint8_unaligned() { return pop<std::uint8_t>(); }     // PCL-20
  Popped<std::int16_t> pop_int16_unaligned() { return pop<std::int16_t>(); }     // PCL-21
  Popped<std::uint16_t> pop_uint16_unaligned() { return pop<std::uint16_t>(); }  // PCL-21

  // PCL-19.  In ILP32 the upper half is zero.
  Popped<std::uint64_t> pop_uintptr() {
    if (parcel_.model() == DataModel::lp64) return pop<std::uint64_t>();
    return pop<std::uint32_t>();
  }

  // The place of its bytes, without the NUL, which is not looked for (PCL-57, PCL-61).
  PoppedBytes pop_string() {
    return pop_counted(1, popped_string_bytes_max, Refusal::string_claims_too_much,  // PCL-59
                       Refusal::string_cut_off);                                     // PCL-60
  }

  Parcel& parcel() { return parcel_; }

 protected:
  explicit CommonReader(Parcel& parcel) : parcel_(parcel) {}

  // Takes `slot_bytes` at the cursor, wherever that is (PCL-10), and gives the first of them.
  template <typename Value, std::size_t slot_bytes = sizeof(Value)>
  Popped<Value> pop() {
    if (!parcel_.available()) return std::unexpected(parcel_.fail(Refusal::not_available));
    if (parcel_.left() < slot_bytes) {
      return std::unexpected(parcel_.fail_cut_off(Refusal::cut_off));  // PCL-54
    }
    return load<Value>(parcel_.take(slot_bytes));  // PCL-12, PCL-72
  }

  // A count of bytes, the bytes, `end_bytes` more, and what fills up to whole words.
  PoppedBytes pop_counted(std::size_t end_bytes, std::size_t bytes_max, Refusal claims_too_much,
                          Refusal cut_off) {
    const Popped<std::uint32_t> count = pop_uint32();
    if (!count) return {.count = 0, .refusal = count.error()};
    if (*count > bytes_max) return {.count = *count, .refusal = claims_too_much};
    if (!parcel_.has_whole(*count + end_bytes)) {
      return {.count = *count, .refusal = parcel_.fail_cut_off(cut_off)};
    }
    return {.bytes = take_whole(*count + end_bytes).first(*count), .count = *count};
  }

  // Takes `bytes` and what fills them up to whole words.  Only if parcel_.has_whole(bytes).
  std::span<const std::byte> take_whole(std::size_t bytes) {
    return {parcel_.take(bytes + padding_of(bytes)), bytes};
  }

  // The place of a special object of `type`.
  Popped<const std::byte*> pop_object(ObjectType type, std::size_t bytes) {
    if (!parcel_.available()) return std::unexpected(parcel_.fail(Refusal::not_available));
    if (!parcel_.has_entry() || parcel_.entry(parcel_.entries_used()) != parcel_.used()) {
      return std::unexpected(parcel_.fail(Refusal::no_such_object));  // PCL-67
    }
    if (parcel_.left() < bytes) {
      return std::unexpected(parcel_.fail_cut_off(Refusal::object_cut_off));  // PCL-68
    }
    parcel_.skip_entry();  // PCL-70
    const std::byte* object = parcel_.take(bytes);
    if (load<std::uint32_t>(object) != static_cast<std::uint32_t>(type)) {
      return std::unexpected(Refusal::object_of_another_type);  // PCL-69
    }
    return object;
  }

  Parcel& parcel_;
};

}  // namespace touchstone::parcel
