#include "conformance/userspace/parcel_layout.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace touchstone::userspace {
namespace {

constexpr std::size_t word = sizeof(std::size_t);
constexpr std::byte unwritten{0x5a};
// Numbers that nothing else in the structure has.
constexpr std::size_t probe_bytes = 1003;
constexpr std::size_t probe_objects = 5;

using Places = std::vector<std::uint32_t>;

Places places_of_number(const ParcelStructure& io, std::uint32_t number) {
  Places places;
  for (std::uint32_t at = 0; at + 4 <= parcel_structure_bytes; at += 4) {
    if (read_field(io, at) == number) places.push_back(at);
  }
  return places;
}

Places places_of_address(const ParcelStructure& io, const std::byte* address) {
  Places places;
  for (std::uint32_t at = 0; at + word <= parcel_structure_bytes; at += word) {
    if (read_address(io, at) == address) places.push_back(at);
  }
  return places;
}

// Of two fields with the same address, base and cursor, the one that moved.
struct BaseAndCursor {
  std::uint32_t base = 0;
  std::uint32_t cursor = 0;
};
std::optional<BaseAndCursor> told_apart(const Places& before, const Places& moved) {
  if (before.size() != 2 || moved.size() != 1) return std::nullopt;
  const auto cursor = std::ranges::find(before, moved.front());
  if (cursor == before.end()) return std::nullopt;
  return BaseAndCursor{before[cursor == before.begin() ? 1 : 0], moved.front()};
}

// The one field that is `initialised` after an init and `overflowed` too after a push too many.
Places places_of_flag(const LayoutProbe& probe, std::byte* buffer) {
  ParcelStructure io;
  io.bytes.fill(unwritten);
  probe.init(&io, buffer, 4, 0);
  const Places initialised = places_of_number(io, 1);
  probe.push_int32(&io);
  probe.push_int32(&io);
  Places overflowed = places_of_number(io, 3);
  std::erase_if(overflowed, [&](std::uint32_t at) {
    return std::ranges::find(initialised, at) == initialised.end();
  });
  return overflowed;
}

}  // namespace

ParcelLayout header_layout() {
  const auto at = [](std::size_t index) { return static_cast<std::uint32_t>(index * word); };
  return {.buffer_base = at(0),
          .buffer_cur = at(1),
          .offsets_base = at(2),
          .offsets_cur = at(3),
          .buffer_left = at(4),
          .offsets_left = at(5),
          .flag = at(6)};
}

FoundLayout find_layout(const LayoutProbe& probe) {
  std::array<std::size_t, probe_bytes / word + 1> memory{};
  auto* const buffer = reinterpret_cast<std::byte*>(memory.data());
  ParcelStructure io;
  io.bytes.fill(unwritten);
  probe.init(&io, buffer, probe_bytes, probe_objects);
  std::byte* const data = buffer + probe_objects * word;
  const std::size_t data_bytes = probe_bytes - probe_objects * word;
  const Places left = places_of_number(io, static_cast<std::uint32_t>(data_bytes));
  const Places objects = places_of_number(io, probe_objects);
  const Places data_places = places_of_address(io, data);
  const Places table_places = places_of_address(io, buffer);

  probe.push_int32(&io);
  const auto data_fields = told_apart(data_places, places_of_address(io, data + 4));
  probe.push_descriptor(&io);
  const auto table_fields = told_apart(table_places, places_of_address(io, buffer + word));
  const Places flag = places_of_flag(probe, buffer);

  if (!data_fields) return {{}, "no base and cursor of the data were found"};
  if (!table_fields) return {{}, "no base and cursor of the table were found"};
  if (left.size() != 1) return {{}, "the count of bytes left was not found"};
  if (objects.size() != 1) return {{}, "the count of entries left was not found"};
  if (flag.size() != 1) return {{}, "the marks were not found"};
  return {ParcelLayout{.buffer_base = data_fields->base,
                       .buffer_cur = data_fields->cursor,
                       .offsets_base = table_fields->base,
                       .offsets_cur = table_fields->cursor,
                       .buffer_left = left.front(),
                       .offsets_left = objects.front(),
                       .flag = flag.front()},
          {}};
}

std::uint32_t read_field(const ParcelStructure& io, std::uint32_t at) {
  std::uint32_t value = 0;
  std::memcpy(&value, io.bytes.data() + at, sizeof value);
  return value;
}

void write_field(ParcelStructure& io, std::uint32_t at, std::uint32_t value) {
  std::memcpy(io.bytes.data() + at, &value, sizeof value);
}

std::byte* read_address(const ParcelStructure& io, std::uint32_t at) {
  std::byte* address = nullptr;
  std::memcpy(&address, io.bytes.data() + at, sizeof address);
  return address;
}

void write_address(ParcelStructure& io, std::uint32_t at, const void* address) {
  std::memcpy(io.bytes.data() + at, &address, sizeof address);
}

}  // namespace touchstone::userspace
