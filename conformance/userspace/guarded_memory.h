// guarded_memory.h: a block of memory with pages before and behind it that cannot be touched, so
// that a read or a write outside ends the process.  For code that we do not trust, in a child.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace touchstone::userspace {

// The block ends at the guard behind it, or as many bytes before it as its address needs to be
// right.  The bytes between and those back to the guard before it are watched for writes.
class GuardedMemory {
 public:
  // `bytes` bytes at an address that is `past` more than a multiple of `multiple` (a power of two).
  // Null where the system gives no memory.
  static std::optional<GuardedMemory> make(std::size_t bytes, std::size_t multiple,
                                           std::size_t past, std::byte fill);
  GuardedMemory(GuardedMemory&& other) noexcept;
  GuardedMemory& operator=(GuardedMemory&& other) noexcept;
  GuardedMemory(const GuardedMemory&) = delete;
  GuardedMemory& operator=(const GuardedMemory&) = delete;
  ~GuardedMemory();

  std::span<std::byte> block() const { return {data_, bytes_}; }
  void make_read_only();
  // Whether `address` and `count` bytes from there lie in the block (or at its end for none).
  bool holds(const void* address, std::size_t count) const;
  bool is_written_outside() const;

 private:
  GuardedMemory() = default;

  std::byte* pages_ = nullptr;  // with both guards
  std::size_t pages_bytes_ = 0;
  std::byte* data_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace touchstone::userspace
