// parcel_layout.h: where a foreign library keeps the fields of its parcel structure, found by
// watching what an init and some pushes change; else as our own headers have them.  Runs the
// library's code: in a child.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

namespace touchstone::userspace {

// No parcel structure is larger; what lies behind it is left alone by everyone.
inline constexpr std::size_t parcel_structure_bytes = 256;

struct alignas(16) ParcelStructure {
  std::array<std::byte, parcel_structure_bytes> bytes{};
};

// Bytes from the start of the structure.
struct ParcelLayout {
  std::uint32_t buffer_base = 0;
  std::uint32_t buffer_cur = 0;
  std::uint32_t offsets_base = 0;
  std::uint32_t offsets_cur = 0;
  std::uint32_t buffer_left = 0;
  std::uint32_t offsets_left = 0;
  std::uint32_t flag = 0;
  friend bool operator==(const ParcelLayout&, const ParcelLayout&) = default;
};

// That of include/liteipc/serializer.h and include/liteipc_newer/serializer.h.
ParcelLayout header_layout();

// What is called to find the layout.  Nothing may be missing.
struct LayoutProbe {
  std::function<void(void* io, void* buffer, std::size_t bytes, std::size_t objects)> init;
  std::function<void(void* io)> push_int32;
  std::function<void(void* io)> push_descriptor;
};

// Or why nothing can be said.
struct FoundLayout {
  std::optional<ParcelLayout> layout{};
  std::string trouble{};
};
FoundLayout find_layout(const LayoutProbe& probe);

// A field's value; the upper half of one of 8 bytes is 0 in all that we look at.
std::uint32_t read_field(const ParcelStructure& io, std::uint32_t at);
void write_field(ParcelStructure& io, std::uint32_t at, std::uint32_t value);
std::byte* read_address(const ParcelStructure& io, std::uint32_t at);
void write_address(ParcelStructure& io, std::uint32_t at, const void* address);

}  // namespace touchstone::userspace
