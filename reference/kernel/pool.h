// pool.h: the memory that a process's messages are delivered into: real bytes, handed out in
// blocks (MSG-41).  Bookkeeping lies beside them, since the process can read the bytes;
// AddressSanitizer sees each block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "reference/kernel/world.h"

namespace touchstone::kernel {

using PoolOffset = std::uint32_t;  // bytes from the start of the pool

class Pool {
 public:
  // Whole pages, at most pool_bytes_max.  No block lies at the very start, so that the pool's own
  // address is never that of a message.
  Pool(PoolMemory memory, std::uint32_t bytes);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  std::uint32_t bytes() const { return bytes_count_; }
  Address address() const { return address_; }

  // A block of `bytes` > 0 in the first free run that holds it; none if there is no such run.
  std::optional<PoolOffset> allocate(std::uint64_t bytes);
  void release(PoolOffset block);
  // The bytes of an allocated block.
  std::span<std::byte> block(PoolOffset block);
  bool is_block(PoolOffset offset) const;
  // Any bytes of the pool, as the process sees them.
  void read(PoolOffset from, std::span<std::byte> to) const;

  // True if blocks and free runs cover the pool once, and there are `blocks` blocks.
  bool is_consistent(std::size_t blocks) const;

 private:
  struct Run {  // free bytes, in whole granules
    PoolOffset start;
    std::uint32_t bytes;
  };

  std::uint32_t bytes_count_;
  std::shared_ptr<std::byte[]> bytes_;
  Address address_;
  std::vector<std::uint32_t> block_bytes_;  // by granule: size of the block that starts there, or 0
  std::vector<Run> free_;                   // ascending; no two touch
};

}  // namespace touchstone::kernel
