// data_model.h: what differs between the two data models of a parcel: the width of a word, and
// where the fields of a special object lie.  And little-endian loads and stores at any address.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace touchstone::parcel {

enum class DataModel : std::uint8_t { ilp32, lp64 };

inline constexpr DataModel host_model = sizeof(void*) == 4 ? DataModel::ilp32 : DataModel::lp64;

// A word is a size_t: an intptr, a uintptr, an entry of the table (PCL-19, PCL-32).
constexpr std::size_t word_bytes(DataModel model) { return model == DataModel::ilp32 ? 4 : 8; }
constexpr std::uint64_t word_max(DataModel model) {
  return model == DataModel::ilp32 ? UINT32_MAX : UINT64_MAX;
}

// The first four bytes of a special object.
enum class ObjectType : std::uint32_t { descriptor = 0, buffer = 1, service = 2 };

// Bytes from the start of a special object.  A field has 4 bytes where nothing else is said.
struct ObjectLayout {
  std::size_t bytes;
  std::size_t descriptor;
  std::size_t handle, token, cookie;  // newer: token and cookie are words
  std::size_t size, address;          // address is a word
};

// PCL-27 to PCL-30.
constexpr ObjectLayout legacy_layout(DataModel model) {
  if (model == DataModel::ilp32) return {16, 4, 4, 8, 12, 4, 8};
  return {24, 8, 8, 12, 16, 8, 16};
}

// NPC-6, NPC-27.  There is no buffer object.
constexpr ObjectLayout newer_layout(DataModel model) {
  if (model == DataModel::ilp32) return {16, 4, 4, 8, 12, 0, 0};
  return {32, 8, 8, 16, 24, 0, 0};
}

// PCL-10: sizes are rounded up to whole words of 4 bytes, in both models.  Padding never wraps.
constexpr std::size_t padding_of(std::size_t bytes) { return (0 - bytes) & 3; }

// PCL-9, PCL-11: a value at any address, little-endian.  A bool is one byte.
template <typename Value>
Value load(const std::byte* from) {
  if constexpr (std::is_same_v<Value, bool>) {
    return *from != std::byte{0};  // PCL-56
  } else if constexpr (std::is_same_v<Value, float>) {
    return std::bit_cast<float>(load<std::uint32_t>(from));
  } else if constexpr (std::is_same_v<Value, double>) {
    return std::bit_cast<double>(load<std::uint64_t>(from));
  } else {
    Value value;
    std::memcpy(&value, from, sizeof value);
    if constexpr (std::endian::native == std::endian::big) value = std::byteswap(value);
    return value;
  }
}

// A value in the caller's memory: any address, the byte order of this machine.
template <typename Value>
Value load_here(const std::byte* from) {
  if constexpr (std::is_same_v<Value, bool>) {
    return *from != std::byte{0};
  } else {
    Value value;
    std::memcpy(&value, from, sizeof value);
    return value;
  }
}

template <typename Value>
void store(std::byte* to, Value value) {
  if constexpr (std::is_same_v<Value, float>) {
    store(to, std::bit_cast<std::uint32_t>(value));
  } else if constexpr (std::is_same_v<Value, double>) {
    store(to, std::bit_cast<std::uint64_t>(value));
  } else {
    if constexpr (std::endian::native == std::endian::big) value = std::byteswap(value);
    std::memcpy(to, &value, sizeof value);
  }
}

inline std::uint64_t load_word(DataModel model, const std::byte* from) {
  return model == DataModel::ilp32 ? load<std::uint32_t>(from) : load<std::uint64_t>(from);
}

inline void store_word(DataModel model, std::byte* to, std::uint64_t value) {
  if (model == DataModel::ilp32) return store(to, static_cast<std::uint32_t>(value));
  store(to, value);
}

}  // namespace touchstone::parcel
