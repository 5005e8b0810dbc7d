// newer_writer.h: writes of the newer API.  Spec 12.  A view of a parcel, like a ParcelWriter.
#pragma once

#include <cstdint>
#include <span>
#include <type_traits>

#include "reference/parcel/common_writer.h"

namespace touchstone::parcel {

inline constexpr std::size_t string16_units_max = 4095;  // NPC-14, NPC-15

// Token and cookie are words: in ILP32 their lower halves are sent (NPC-6).
struct NewerService {
  std::uint32_t handle = 0;
  std::uint64_t token = 0, cookie = 0;

  bool operator==(const NewerService&) const = default;
};

// What an element of a vector is in a message: NPC-16, NPC-17.
template <typename Element>
using VectorSlot = std::conditional_t<
    std::is_same_v<Element, bool>, std::uint32_t,
    std::conditional_t<std::is_same_v<Element, std::int16_t>, std::int32_t, Element>>;

class NewerWriter : public CommonWriter {
 public:
  explicit NewerWriter(Parcel& parcel)
      : CommonWriter(parcel), layout_(newer_layout(parcel.model())) {}

  Refusal push_pointer(std::uint64_t value) { return push_uintptr(value); }

  // Up to its NUL; null is refused and sets no mark (NPC-4).
  Refusal push_c_string(const char* text);

  // The bytes and zeroes up to whole words; raw data with their count before them (NPC-7, NPC-9).
  Refusal push_buffer(std::span<const std::byte> bytes);
  Refusal push_raw(std::span<const std::byte> bytes);

  // Units of 2 bytes, at any address (NPC-12).
  Refusal push_string16(const void* units, std::size_t count);
  Refusal push_token(const void* units, std::size_t count) { return push_string16(units, count); }

  // Elements as in memory, at any address.  Null is a vector without elements.
  template <typename Element>
  Refusal push_vector(const void* elements, std::size_t count);

  Refusal push_descriptor(std::int32_t descriptor);
  Refusal push_service(const NewerService& service);
  Refusal push_null_service() { return refuse(Refusal::null_service); }  // PCL-44

  // What `from` has used, and its entries moved on (NPC-24).  `from` is another parcel.
  Refusal append(const Parcel& from);

 private:
  ObjectLayout layout_;
};

template <typename Element>
Refusal NewerWriter::push_vector(const void* elements, std::size_t count) {
  using Slot = VectorSlot<Element>;
  const std::uint64_t elements_max = word_max(parcel_.model()) / sizeof(Slot);
  if (count > elements_max || static_cast<std::uint32_t>(count) != count) {
    return refuse(Refusal::vector_too_large);  // NPC-22
  }
  if (elements == nullptr && count > 0) return refuse(Refusal::bytes_unsendable);
  const Refusal counted = push(static_cast<std::uint32_t>(count));
  if (counted != Refusal::none) return counted;
  if (parcel_.left() / sizeof(Slot) < count) return parcel_.fail(Refusal::no_room_for_elements);
  const auto* from = static_cast<const std::byte*>(elements);
  std::byte* to = parcel_.take_to_write(count * sizeof(Slot));
  for (std::size_t i = 0; i < count; ++i) {
    store(to + i * sizeof(Slot), Slot{load_here<Element>(from + i * sizeof(Element))});
  }
  return Refusal::none;
}

}  // namespace touchstone::parcel
