// parcel_pops.h: the pops of an input, performed on readers and held against the laws of
// parcel_laws.h.  The readers are a parameter so that wrong ones can show that the laws notice.
// Nothing is allocated: this runs several hundred thousand times a second.
#pragma once

#include <cstdint>
#include <span>

#include "fuzz/parcel_input.h"
#include "fuzz/parcel_laws.h"
#include "reference/parcel/newer_reader.h"
#include "reference/parcel/parcel_reader.h"

namespace touchstone::fuzz {

struct PopsVerdict {
  const char* broken_law = nullptr;  // the first; null: none
  userspace::ParcelType type{};      // of the pop that broke it
  bool is_any_done = false;          // whether a pop succeeded
  std::uint64_t digest = 0;          // of everything that was given
};

// The message of an input in memory of its own: behind data and table, and before the data, nothing
// can be read where AddressSanitizer watches.  There is one at a time.
class ExactMessage {
 public:
  explicit ExactMessage(const MessageInput& input);
  ~ExactMessage();
  ExactMessage(const ExactMessage&) = delete;
  ExactMessage& operator=(const ExactMessage&) = delete;

  TOUCHSTONE_UNWATCHED std::span<const std::byte> data() const { return data_; }
  TOUCHSTONE_UNWATCHED std::span<const std::byte> table() const { return table_; }

 private:
  std::span<const std::byte> data_;
  std::span<const std::byte> table_;
};

template <typename LegacyReader, typename NewerReader>
class Pops {
 public:
  TOUCHSTONE_UNWATCHED Pops(parcel::Parcel& parcel, bool is_newer)
      : parcel_(parcel), legacy_(parcel), newer_(parcel), is_newer_(is_newer) {}

  TOUCHSTONE_UNWATCHED PopsVerdict pop_all(InputBytes pops) {
    PopsVerdict verdict;
    // An overflowed parcel stays so: one pop of it is enough.
    int pops_when_overflowed = 1;
    const parcel::ParcelState& now = parcel_.state();
    const parcel::DataModel model = parcel_.model();
    const bool is_lp64 = model == parcel::DataModel::lp64;
    while (!pops.is_empty()) {
      if (now.flag != parcel::flag_initialised && pops_when_overflowed-- == 0) break;
      const std::uint8_t byte = pops.byte();
      PopAsked asked{parcel_type(is_newer_, byte), is_newer_, 0};
      if (asks_for_size(asked.type)) {
        asked.size = stretched(pops.byte(), 1, is_lp64 ? UINT64_MAX : UINT32_MAX);
      }
      const parcel::ParcelState before = now;
      const PopSeen seen = pop(asked);
      verdict.digest = (verdict.digest ^ seen.value ^ now.used) * 0x100000001b3 +
                       static_cast<std::uint64_t>(seen.refusal);
      verdict.is_any_done |= seen.is_done;
      verdict.broken_law = broken_pop_law(asked, seen, before, now, model);
      verdict.type = asked.type;
      if (verdict.broken_law != nullptr) break;
    }
    return verdict;
  }

 private:
  template <typename Value>
  TOUCHSTONE_UNWATCHED static PopSeen seen(const parcel::Popped<Value>& popped) {
    if (!popped) return {.refusal = popped.error()};
    PopSeen one{.is_done = true};
    if constexpr (std::is_same_v<Value, char>) {
      one.value = static_cast<std::uint64_t>(static_cast<std::int8_t>(*popped));
    } else if constexpr (std::is_same_v<Value, float>) {
      one.value = std::bit_cast<std::uint32_t>(*popped);
    } else if constexpr (std::is_same_v<Value, double>) {
      one.value = std::bit_cast<std::uint64_t>(*popped);
    } else if constexpr (std::is_same_v<Value, parcel::Buffer>) {
      one.value = popped->size;
    } else if constexpr (std::is_class_v<Value>) {
      one.value = popped->handle;
    } else {
      one.value = static_cast<std::uint64_t>(*popped);
    }
    return one;
  }
  TOUCHSTONE_UNWATCHED static PopSeen seen(const parcel::PoppedBytes& popped) {
    return {popped.refusal, popped.done(), 0, popped.bytes.data(), popped.bytes.size()};
  }

  TOUCHSTONE_UNWATCHED PopSeen pop(const PopAsked& asked) {
    using enum userspace::ParcelType;
    switch (asked.type) {
      case character: return seen(legacy_.pop_char());
      case boolean: return seen(legacy_.pop_bool());
      case int8: return seen(legacy_.pop_int8());
      case uint8: return seen(legacy_.pop_uint8());
      case int16: return seen(legacy_.pop_int16());
      case uint16: return seen(legacy_.pop_uint16());
      case int32: return seen(legacy_.pop_int32());
      case uint32: return seen(legacy_.pop_uint32());
      case int64: return seen(legacy_.pop_int64());
      case uint64: return seen(legacy_.pop_uint64());
      case intptr: return seen(legacy_.pop_intptr());
      case uintptr: return seen(legacy_.pop_uintptr());
      case float32: return seen(legacy_.pop_float());
      case float64: return seen(legacy_.pop_double());
      case char_unaligned: return seen(legacy_.pop_char_unaligned());
      case bool_unaligned: return seen(legacy_.pop_bool_unaligned());
      case int8_unaligned: return seen(legacy_.pop_int8_unaligned());
      case uint8_unaligned: return seen(legacy_.pop_uint8_unaligned());
      case int16_unaligned: return seen(legacy_.pop_int16_unaligned());
      case uint16_unaligned: return seen(legacy_.pop_uint16_unaligned());
      case string: return seen(is_newer_ ? newer_.pop_string() : legacy_.pop_string());
      case flat_obj: return seen(legacy_.pop_flat_object());
      case descriptor: return seen(is_newer_ ? newer_.pop_descriptor() : legacy_.pop_descriptor());
      case service: return is_newer_ ? seen(newer_.pop_service()) : seen(legacy_.pop_service());
      case data_buff: return seen(legacy_.pop_buffer());
      default: return pop_newer(asked);
    }
  }

  TOUCHSTONE_UNWATCHED PopSeen pop_newer(const PopAsked& asked) {
    using enum userspace::ParcelType;
    switch (asked.type) {
      case pointer: return seen(newer_.pop_pointer());
      case buffer: return seen(newer_.pop_buffer(asked.size));
      case raw: return seen(newer_.pop_raw(asked.size));
      case bool_vector: return seen(newer_.template pop_vector<bool>());
      case int8_vector: return seen(newer_.template pop_vector<std::int8_t>());
      case uint8_vector: return seen(newer_.template pop_vector<std::uint8_t>());
      case int16_vector: return seen(newer_.template pop_vector<std::int16_t>());
      case uint16_vector: return seen(newer_.template pop_vector<std::uint16_t>());
      case int32_vector: return seen(newer_.template pop_vector<std::int32_t>());
      case uint32_vector: return seen(newer_.template pop_vector<std::uint32_t>());
      case int64_vector: return seen(newer_.template pop_vector<std::int64_t>());
      case uint64_vector: return seen(newer_.template pop_vector<std::uint64_t>());
      case float_vector: return seen(newer_.template pop_vector<float>());
      case double_vector: return seen(newer_.template pop_vector<double>());
      default: return seen(newer_.pop_string16());  // also a token
    }
  }

  parcel::Parcel& parcel_;
  LegacyReader legacy_;
  NewerReader newer_;
  bool is_newer_;
};

template <typename LegacyReader = parcel::ParcelReader, typename NewerReader = parcel::NewerReader>
TOUCHSTONE_UNWATCHED PopsVerdict pop_input(std::span<const std::uint8_t> bytes) {
  const MessageInput input = message_input(bytes);
  const ExactMessage message(input);
  parcel::Parcel parcel(input.data_model == DataModel::lp64 ? parcel::DataModel::lp64
                                                            : parcel::DataModel::ilp32);
  parcel.init_from_message(message.data(), message.table());
  return Pops<LegacyReader, NewerReader>(parcel, input.is_newer).pop_all(InputBytes(input.pops));
}

}  // namespace touchstone::fuzz
