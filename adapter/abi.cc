#include "adapter/abi.h"

#include <algorithm>

namespace touchstone {
namespace {

constexpr AbiLayout ilp32{.pointer_bytes = 4,
                          .header_bytes = 64,
                          .data = 36,
                          .object_count = 40,
                          .offsets = 44,
                          .process_id = 48,
                          .content_bytes = 16,
                          .out_message = 4,
                          .in_message = 8,
                          .buffer_to_free = 12,
                          .object_bytes = 16,
                          .object_value = 4,
                          .object_pointer = 8,
                          .send_receive = 0xc0106904};

constexpr AbiLayout lp64{.pointer_bytes = 8,
                         .header_bytes = 80,
                         .data = 40,
                         .object_count = 48,
                         .offsets = 56,
                         .process_id = 64,
                         .content_bytes = 32,
                         .out_message = 8,
                         .in_message = 16,
                         .buffer_to_free = 24,
                         .object_bytes = 24,
                         .object_value = 8,
                         .object_pointer = 16,
                         .send_receive = 0xc0206904};

// Byte by byte: nothing in user memory need be aligned.
std::uint64_t load(std::span<const std::byte> bytes, std::size_t at, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    value |= std::to_integer<std::uint64_t>(bytes[at + i]) << (8 * i);
  }
  return value;
}

void store(std::span<std::byte> bytes, std::size_t at, std::uint64_t value, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) bytes[at + i] = static_cast<std::byte>(value >> (8 * i));
}

}  // namespace

const AbiLayout& layout_of(DataModel model) { return model == DataModel::ilp32 ? ilp32 : lp64; }

std::uint32_t load_u32(std::span<const std::byte> bytes, std::size_t at) {
  return static_cast<std::uint32_t>(load(bytes, at, 4));
}
std::uint64_t load_u64(std::span<const std::byte> bytes, std::size_t at) {
  return load(bytes, at, 8);
}
std::uint64_t load_address(const AbiLayout& abi, std::span<const std::byte> bytes, std::size_t at) {
  return abi.pointer_bytes == 4 ? load(bytes, at, 4) : load(bytes, at, 8);
}
void store_u32(std::span<std::byte> bytes, std::size_t at, std::uint32_t value) {
  store(bytes, at, value, 4);
}
void store_u64(std::span<std::byte> bytes, std::size_t at, std::uint64_t value) {
  store(bytes, at, value, 8);
}
void store_address(const AbiLayout& abi, std::span<std::byte> bytes, std::size_t at,
                   std::uint64_t value) {
  store(bytes, at, value, abi.pointer_bytes);
}

void Relayout::add_case_object(std::uint32_t offset) {
  const std::int64_t end = std::int64_t{offset} + case_object_bytes_;
  const auto at = std::ranges::lower_bound(ends_, end);
  if (at == ends_.end() || *at != end) ends_.insert(at, end);
}

std::uint32_t Relayout::to_backend(std::uint32_t case_offset) const {
  const auto before = std::ranges::upper_bound(ends_, std::int64_t{case_offset}) - ends_.begin();
  return static_cast<std::uint32_t>(case_offset + before * growth_);
}

std::uint32_t Relayout::to_case(std::uint32_t backend_offset) const {
  std::int64_t growth = 0;  // of the objects before the offset
  for (const std::int64_t end : ends_) {
    if (end + growth + growth_ > backend_offset) break;
    growth += growth_;
  }
  return static_cast<std::uint32_t>(backend_offset - growth);
}

}  // namespace touchstone
