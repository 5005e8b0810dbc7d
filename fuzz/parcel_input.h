// parcel_input.h: what the bytes of an input mean to the two parcel targets.  Any bytes mean
// something, and of a parcel that is read the same to both.
//
//   bytes  field
//   1      bit 0: the newer API; 1: LP64; 2: the parcel is written; 3, 4 and 5 together:
//          null pointers for a message, or for the buffer
//   1      of a message, low 6 bits: entries of its table; of a written parcel: objects
//   1      low 4 bits: bytes of a message's pops; where a buffer lies past a multiple of 16
//
// A message goes on with its pops, its table of 2 bytes an entry, and its data, which has at least
// as many bytes as the rest.  A written parcel goes on with the size of its buffer, 2 bytes, and
// with operations (parcel_input.cc).
#pragma once

#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <vector>

#include "conformance/userspace/parcel_operation.h"
#include "conformance/userspace/parcel_play.h"
#include "fuzz/input_bytes.h"

namespace touchstone::fuzz {

inline constexpr std::uint8_t parcel_is_newer = 1, parcel_is_lp64 = 2, parcel_is_written = 4,
                              parcel_is_null = 0x38;  // all three bits
TOUCHSTONE_UNWATCHED constexpr bool means_null(std::uint8_t head) {
  return (head & parcel_is_null) == parcel_is_null;
}
inline constexpr std::uint8_t pop_without_count = 0x80;  // or the place of the count is null

// The types of the newer API in their order; those of the legacy one are the first of all.
inline constexpr std::size_t legacy_types = 25;
inline constexpr userspace::ParcelType newer_types[] = {
    userspace::ParcelType::boolean,         userspace::ParcelType::int8,
    userspace::ParcelType::uint8,           userspace::ParcelType::int16,
    userspace::ParcelType::uint16,          userspace::ParcelType::int32,
    userspace::ParcelType::uint32,          userspace::ParcelType::int64,
    userspace::ParcelType::uint64,          userspace::ParcelType::float32,
    userspace::ParcelType::float64,         userspace::ParcelType::bool_unaligned,
    userspace::ParcelType::int8_unaligned,  userspace::ParcelType::uint8_unaligned,
    userspace::ParcelType::int16_unaligned, userspace::ParcelType::uint16_unaligned,
    userspace::ParcelType::string,          userspace::ParcelType::descriptor,
    userspace::ParcelType::service,         userspace::ParcelType::pointer,
    userspace::ParcelType::buffer,          userspace::ParcelType::raw,
    userspace::ParcelType::string16,        userspace::ParcelType::token,
    userspace::ParcelType::bool_vector,     userspace::ParcelType::int8_vector,
    userspace::ParcelType::uint8_vector,    userspace::ParcelType::int16_vector,
    userspace::ParcelType::uint16_vector,   userspace::ParcelType::int32_vector,
    userspace::ParcelType::uint32_vector,   userspace::ParcelType::int64_vector,
    userspace::ParcelType::uint64_vector,   userspace::ParcelType::float_vector,
    userspace::ParcelType::double_vector};

TOUCHSTONE_UNWATCHED constexpr userspace::ParcelType parcel_type(bool is_newer, std::uint8_t byte) {
  const std::size_t number = byte & 0x7f;
  if (is_newer) return newer_types[number % std::size(newer_types)];
  return static_cast<userspace::ParcelType>(number % legacy_types);
}

TOUCHSTONE_UNWATCHED constexpr bool asks_for_size(userspace::ParcelType type) {
  return type == userspace::ParcelType::buffer || type == userspace::ParcelType::raw;
}

// A message and its pops, as parts of the input.
struct MessageInput {
  bool is_newer = false;
  DataModel data_model = DataModel::ilp32;
  std::span<const std::uint8_t> pops{};
  std::span<const std::uint8_t> table{};  // 2 bytes an entry
  std::span<const std::uint8_t> data{};

  TOUCHSTONE_UNWATCHED std::size_t entries() const { return table.size() / 2; }
};

TOUCHSTONE_UNWATCHED inline MessageInput message_input(std::span<const std::uint8_t> bytes) {
  InputBytes input(bytes);
  const std::uint8_t head = input.byte();
  MessageInput message;
  message.is_newer = (head & parcel_is_newer) != 0;
  message.data_model = (head & parcel_is_lp64) != 0 ? DataModel::lp64 : DataModel::ilp32;
  const std::size_t entries = input.byte() & 0x3f;
  const std::size_t pops = input.byte() & 0x0f;
  message.pops = input.take(pops < input.left() / 2 ? pops : input.left() / 2);
  const std::size_t room = input.left() / 4;
  message.table = input.take(2 * (entries < room ? entries : room));
  if (!means_null(head)) message.data = input.rest();
  return message;
}

// The whole sequence that the bytes mean, in an API and a data model that are given.  What shows
// the bytes of a written parcel comes last.
userspace::ParcelSequence decode_parcel_input(std::span<const std::uint8_t> bytes,
                                              userspace::ParcelApi api, DataModel data_model);

// Bytes that mean the sequence, and after it what comes last anyway; none where none do.
std::optional<std::vector<std::uint8_t>> encode_parcel_input(
    userspace::ParcelApi api, DataModel data_model, const userspace::ParcelSequence& sequence);

}  // namespace touchstone::fuzz
