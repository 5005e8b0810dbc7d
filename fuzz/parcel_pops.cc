#include "fuzz/parcel_pops.h"

#include <cstring>

#if defined(__SANITIZE_ADDRESS__)
#define TOUCHSTONE_HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TOUCHSTONE_HAS_ASAN 1
#endif
#endif
#ifdef TOUCHSTONE_HAS_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace touchstone::fuzz {
namespace {

// Longer data is cut: no pop looks further than 64 KiB at once, and few reach that far.
constexpr std::size_t data_bytes_max = 1 << 17;
constexpr std::size_t table_bytes_max = 64 * 8;
// What is closed before a message.
constexpr std::size_t fence_bytes = 64;

// A message lies at the end, where the next byte is a red zone of the compiler's.
template <std::size_t bytes_max>
struct Room {
  alignas(16) std::byte bytes[fence_bytes + bytes_max];

  TOUCHSTONE_UNWATCHED std::byte* place_for(std::size_t count) {
    return bytes + sizeof bytes - count;
  }
  TOUCHSTONE_UNWATCHED void close([[maybe_unused]] const std::byte* place) {
#ifdef TOUCHSTONE_HAS_ASAN
    // Of a granule of eight bytes that is used in part the first cannot be closed alone.
    const auto before = static_cast<std::size_t>(place - bytes) / 8 * 8;
    ASAN_POISON_MEMORY_REGION(bytes + before - fence_bytes, fence_bytes);
#endif
  }
  TOUCHSTONE_UNWATCHED void open([[maybe_unused]] const std::byte* place) {
#ifdef TOUCHSTONE_HAS_ASAN
    const auto before = static_cast<std::size_t>(place - bytes) / 8 * 8;
    ASAN_UNPOISON_MEMORY_REGION(bytes + before - fence_bytes, fence_bytes);
#endif
  }
};

Room<data_bytes_max> data_room;
Room<table_bytes_max> table_room;

// Entries of 2 bytes as words.
TOUCHSTONE_UNWATCHED void write_table(const MessageInput& input, std::size_t word, std::byte* to) {
  InputBytes entries(input.table);
  const std::uint64_t greatest = word == 8 ? UINT64_MAX : UINT32_MAX;
  for (std::size_t index = 0; index < input.entries(); ++index, to += word) {
    const std::uint64_t entry = stretched(entries.number(2), 2, greatest);
    for (std::size_t byte = 0; byte < word; ++byte) {
      to[byte] = static_cast<std::byte>(entry >> 8 * byte);
    }
  }
}

}  // namespace

TOUCHSTONE_UNWATCHED ExactMessage::ExactMessage(const MessageInput& input) {
  const std::size_t given = input.data.size();
  const std::size_t count = given < data_bytes_max ? given : data_bytes_max;
  std::byte* const data = data_room.place_for(count);
  if (count > 0) std::memcpy(data, input.data.data(), count);
  data_room.close(data);
  data_ = {data, count};

  const std::size_t word = input.data_model == DataModel::lp64 ? 8 : 4;
  std::byte* const table = table_room.place_for(input.entries() * word);
  write_table(input, word, table);
  table_ = {table, input.entries() * word};
}

TOUCHSTONE_UNWATCHED ExactMessage::~ExactMessage() { data_room.open(data_.data()); }

}  // namespace touchstone::fuzz
