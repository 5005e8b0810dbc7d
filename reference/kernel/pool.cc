#include "reference/kernel/pool.h"

#include <sanitizer/asan_interface.h>  // its macros do nothing in a build without it

#include <algorithm>

#include "reference/kernel/errors.h"

namespace touchstone::kernel {
namespace {

constexpr std::uint32_t granule_bytes = 16;

constexpr std::uint32_t whole_granules(std::uint32_t bytes) {
  return (bytes + granule_bytes - 1) / granule_bytes * granule_bytes;
}

}  // namespace

Pool::Pool(PoolMemory memory, std::uint32_t bytes)
    : bytes_count_(bytes),
      bytes_(std::move(memory.bytes)),
      address_(memory.address),
      block_bytes_(bytes / granule_bytes),
      free_{{granule_bytes, bytes - granule_bytes}} {
  CHECK(bytes > 0 && bytes <= pool_bytes_max && bytes % page_bytes == 0, "LIM-3");
  ASAN_POISON_MEMORY_REGION(bytes_.get(), bytes);
}

Pool::~Pool() { ASAN_UNPOISON_MEMORY_REGION(bytes_.get(), bytes_count_); }

std::optional<PoolOffset> Pool::allocate(std::uint64_t bytes) {
  if (bytes > bytes_count_) return std::nullopt;
  const auto size = static_cast<std::uint32_t>(bytes);
  const std::uint32_t taken = whole_granules(size);
  const auto run = std::ranges::find_if(free_, [&](const Run& r) { return r.bytes >= taken; });
  if (run == free_.end()) return std::nullopt;

  const PoolOffset start = run->start;
  run->start += taken;
  run->bytes -= taken;
  if (run->bytes == 0) free_.erase(run);
  block_bytes_[start / granule_bytes] = size;
  ASAN_UNPOISON_MEMORY_REGION(bytes_.get() + start, size);
  return start;
}

void Pool::release(PoolOffset block) {
  CHECK(is_block(block), "MSG-8");
  std::uint32_t& block_bytes = block_bytes_[block / granule_bytes];
  Run released{block, whole_granules(block_bytes)};
  block_bytes = 0;
  ASAN_POISON_MEMORY_REGION(bytes_.get() + block, released.bytes);

  auto next = std::ranges::lower_bound(free_, block, {}, &Run::start);
  if (next != free_.end() && released.start + released.bytes == next->start) {
    released.bytes += next->bytes;
    next = free_.erase(next);
  }
  if (next != free_.begin() && std::prev(next)->start + std::prev(next)->bytes == block) {
    std::prev(next)->bytes += released.bytes;
  } else {
    free_.insert(next, released);
  }
}

std::span<std::byte> Pool::block(PoolOffset block) {
  CHECK(is_block(block), "RCV-14");
  return {bytes_.get() + block, block_bytes_[block / granule_bytes]};
}

bool Pool::is_block(PoolOffset offset) const {
  return offset < bytes_count_ && offset % granule_bytes == 0 &&
         block_bytes_[offset / granule_bytes] > 0;
}

// The process may read any byte of its pool, also those that belong to no block.
__attribute__((no_sanitize("address"))) void Pool::read(PoolOffset from,
                                                        std::span<std::byte> to) const {
  CHECK(from <= bytes_count_ && to.size() <= bytes_count_ - from, "DEV-14");
  const volatile std::byte* source = bytes_.get() + from;
  for (std::size_t i = 0; i < to.size(); ++i) to.data()[i] = source[i];
}

bool Pool::is_consistent(std::size_t blocks) const {
  auto run = free_.begin();
  PoolOffset at = granule_bytes;
  while (at < bytes_count_) {
    if (run != free_.end() && run->start == at) {
      at += run++->bytes;
      if (run != free_.end() && run->start == at) return false;
    } else {
      if (!is_block(at) || blocks-- == 0) return false;
      at += whole_granules(block_bytes_[at / granule_bytes]);
    }
  }
  return at == bytes_count_ && run == free_.end() && blocks == 0;
}

}  // namespace touchstone::kernel
