// newer_reader.h: reads of the newer API.  Spec 12.  A view of a parcel, like a ParcelReader; what
// it gives of strings, buffers and vectors lies in the parcel's own bytes.
#pragma once

#include <cstdint>
#include <type_traits>

#include "reference/parcel/common_reader.h"
#include "reference/parcel/newer_writer.h"

namespace touchstone::parcel {

class NewerReader : public CommonReader {
 public:
  explicit NewerReader(Parcel& parcel)
      : CommonReader(parcel), layout_(newer_layout(parcel.model())) {}

  Popped<std::uint64_t> pop_pointer() { return pop_uintptr(); }

  // As the legacy one, but a count that is not there or too large is not told (NPC-5).
  PoppedBytes pop_string();

  // `bytes` bytes without a count, and raw data whose count is `bytes`.  No count is told.
  PoppedBytes pop_buffer(std::size_t bytes);
  PoppedBytes pop_raw(std::size_t bytes);

  // The units without the unit 0 behind them; the count is that of units.
  PoppedBytes pop_string16();
  PoppedBytes pop_token() { return pop_string16(); }

  // The elements as they lie in the message, each a VectorSlot<Element>: vector_element() gives
  // one.
  template <typename Element>
  PoppedBytes pop_vector();

  Popped<std::int32_t> pop_descriptor();
  Popped<NewerService> pop_service();

 private:
  PoppedBytes pop_whole(std::size_t bytes);

  ObjectLayout layout_;
};

// NPC-20.  Of elements of one byte there may be as many as there are bytes.
template <typename Element>
inline constexpr std::uint32_t vector_elements_max =
    std::is_same_v<Element, bool> ? 2048
    : sizeof(Element) == 1        ? UINT32_MAX
                                  : 8192 / sizeof(Element);

template <typename Element>
Element vector_element(const PoppedBytes& vector, std::size_t index) {
  return load<Element>(vector.bytes.data() + index * sizeof(VectorSlot<Element>));
}

template <typename Element>
PoppedBytes NewerReader::pop_vector() {
  constexpr std::size_t slot_bytes = sizeof(VectorSlot<Element>);
  const Popped<std::uint32_t> count = pop_uint32();
  if (!count) return {.count = 0, .refusal = count.error()};
  if (*count > vector_elements_max<Element>) {
    return {.count = *count, .refusal = Refusal::vector_claims_too_much};  // NPC-20
  }
  if (parcel_.left() / slot_bytes < *count) {  // NPC-21
    if (slot_bytes > sizeof(Element)) parcel_.take(parcel_.left() / slot_bytes * slot_bytes);
    return {.count = *count, .refusal = parcel_.fail_cut_off(Refusal::vector_cut_off)};
  }
  const std::size_t bytes = *count * slot_bytes;
  return {.bytes = {parcel_.take(bytes), bytes}, .count = *count};  // NPC-19
}

}  // namespace touchstone::parcel
