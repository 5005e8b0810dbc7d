#include "reference/kernel/abi.h"

#include <array>
#include <bit>
#include <cstring>

#include "reference/kernel/errors.h"

namespace touchstone::kernel {
namespace {

// clang-format off
constexpr Abi ilp32{
    .limits = limits_ilp32, .pointer_bytes = 4,
    .data = 36, .object_count = 40, .offsets = 44, .process_id = 48,
    .content_bytes = 16, .out_message = 4, .in_message = 8, .buffer = 12,
    .object_bytes = 16, .object_value = 4, .object_pointer = 8, .send_receive_word = 0xc0106904};
constexpr Abi lp64{
    .limits = limits_lp64, .pointer_bytes = 8,
    .data = 40, .object_count = 48, .offsets = 56, .process_id = 64,
    .content_bytes = 32, .out_message = 8, .in_message = 16, .buffer = 24,
    .object_bytes = 24, .object_value = 8, .object_pointer = 16, .send_receive_word = 0xc0206904};
// clang-format on

// Byte for byte: an object may stand at any address (OBJ-5).
template <typename Word>
Word load(std::span<const std::byte> bytes, std::size_t at) {
  CHECK(at + sizeof(Word) <= bytes.size(), "ABI-3");
  Word value;
  std::memcpy(&value, bytes.data() + at, sizeof(Word));
  return std::endian::native == std::endian::little ? value : std::byteswap(value);
}

template <typename Word>
void store(std::span<std::byte> bytes, std::size_t at, Word value) {
  CHECK(at + sizeof(Word) <= bytes.size(), "ABI-3");
  if constexpr (std::endian::native != std::endian::little) value = std::byteswap(value);
  std::memcpy(bytes.data() + at, &value, sizeof(Word));
}

}  // namespace

const Abi& abi_of(DataModel model) { return model == DataModel::ilp32 ? ilp32 : lp64; }

std::uint32_t load32(std::span<const std::byte> bytes, std::size_t at) {
  return load<std::uint32_t>(bytes, at);
}
Address load_pointer(const Abi& abi, std::span<const std::byte> bytes, std::size_t at) {
  return abi.pointer_bytes == 4 ? load32(bytes, at) : load<std::uint64_t>(bytes, at);
}
void store32(std::span<std::byte> bytes, std::size_t at, std::uint32_t value) {
  store(bytes, at, value);
}
void store_pointer(const Abi& abi, std::span<std::byte> bytes, std::size_t at, Address value) {
  if (abi.pointer_bytes == 8) return store(bytes, at, value);
  store32(bytes, at, static_cast<std::uint32_t>(value));
}

Header decode_header(const Abi& abi, std::span<const std::byte> bytes) {
  CHECK(bytes.size() == abi.limits.message_header_bytes, "ABI-1");
  return {.type = load32(bytes, 0),
          .handle = load32(bytes, 4),
          .token = load32(bytes, 8),
          .cookie = load32(bytes, 12),
          .code = load32(bytes, 16),
          .flag = load32(bytes, 20),
          .timestamp = load<std::uint64_t>(bytes, 24),
          .data_bytes = load32(bytes, 32),
          .data = load_pointer(abi, bytes, abi.data),
          .object_count = load32(bytes, abi.object_count),
          .offsets = load_pointer(abi, bytes, abi.offsets),
          .process_id = load32(bytes, abi.process_id),
          .task_id = load32(bytes, abi.process_id + 4),
          .user_id = load32(bytes, abi.process_id + 8),
          .group_id = load32(bytes, abi.process_id + 12)};
}

void encode_header(const Abi& abi, const Header& header, std::span<std::byte> bytes) {
  CHECK(bytes.size() == abi.limits.message_header_bytes, "ABI-1");
  const std::array first{header.type,   header.handle, header.token,
                         header.cookie, header.code,   header.flag};
  for (std::size_t i = 0; i < first.size(); ++i) store32(bytes, 4 * i, first[i]);
  store(bytes, 24, header.timestamp);
  store_pointer(abi, bytes, 32, header.data_bytes);  // in LP64 with the padding after it
  store_pointer(abi, bytes, abi.data, header.data);
  store_pointer(abi, bytes, abi.object_count, header.object_count);
  store_pointer(abi, bytes, abi.offsets, header.offsets);
  const std::array last{header.process_id, header.task_id, header.user_id, header.group_id};
  for (std::size_t i = 0; i < last.size(); ++i) store32(bytes, abi.process_id + 4 * i, last[i]);
}

}  // namespace touchstone::kernel
