// program_bytes_layout.h: what the two halves of program_bytes.h agree on: the bits and the orders
// of kinds in a record.  Only they include it.
#pragma once

#include <array>
#include <utility>

#include "adapter/operation.h"

namespace touchstone::program_bytes {

// The kinds of a TaskValue that can be an argument.
inline constexpr std::array task_value_kinds{TaskValue::Kind::number, TaskValue::Kind::task,
                                             TaskValue::Kind::cms, TaskValue::Kind::self};
inline constexpr std::array pointers{Pointer::valid, Pointer::null, Pointer::bad, Pointer::kernel,
                                     Pointer::received_data};
inline constexpr std::uint32_t data_pointers = 4;     // all but received_data
inline constexpr std::uint32_t offsets_pointers = 3;  // of these, all but kernel
inline constexpr std::uint32_t free_kinds = std::to_underlying(FreeTarget::Kind::address) + 1;

// The bits of the byte that says what a SendReceive has.
inline constexpr unsigned call_is_raw = 1u << 3;
inline constexpr unsigned call_has_message = 1u << 4;
inline constexpr unsigned call_out_at = 5;
// Of the byte that says what a message has.
inline constexpr unsigned message_has_data_size = 1;
inline constexpr unsigned message_has_object_count = 2;
inline constexpr unsigned message_has_offsets = 4;
inline constexpr unsigned message_data_at = 3;
inline constexpr unsigned message_offsets_at = 5;
// Of the byte that says what an object is.
inline constexpr unsigned object_is_name = 1u << 2;
inline constexpr unsigned object_pointer_at = 3;
inline constexpr unsigned object_has_size = 1u << 5;

inline bool names_message(FreeTarget::Kind kind) {
  using Kind = FreeTarget::Kind;
  return kind == Kind::message || kind == Kind::ptr || kind == Kind::interior || kind == Kind::data;
}

}  // namespace touchstone::program_bytes
