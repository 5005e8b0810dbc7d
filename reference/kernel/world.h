// world.h: what the kernel takes from outside: user memory, descriptors, time, memory of its own.
// Whoever runs the kernel implements it; the kernel itself has no clock, no I/O and no allocator
// limit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "reference/kernel/abi.h"

namespace touchstone::kernel {

using ProcessId = std::uint32_t;
using TaskId = std::uint32_t;
using Descriptor = std::uint32_t;

struct PoolMemory {
  std::shared_ptr<std::byte[]> bytes;  // zeroes; null: there is no memory
  Address address = 0;                 // where the process sees them
};

class World {
 public:
  virtual ~World() = default;

  // User memory of a process, its pool not included.  False, with nothing done, unless every byte
  // is mapped (and writable).
  virtual bool read_user(ProcessId process, Address from, std::span<std::byte> to) = 0;
  virtual bool write_user(ProcessId process, Address to, std::span<const std::byte> from) = 0;

  virtual bool descriptor_is_open(ProcessId process, Descriptor descriptor) const = 0;
  // A new descriptor in `to` for the open file of `descriptor` in `from`: the lowest free number
  // from `lowest` on.
  virtual Descriptor copy_descriptor(ProcessId from, Descriptor descriptor, ProcessId to,
                                     Descriptor lowest) = 0;
  virtual void close_descriptor(ProcessId process, Descriptor descriptor) = 0;

  // Nanoseconds since any fixed time; no two readings are the same, and later ones are greater.
  virtual std::uint64_t read_clock() = 0;

  // Asked once for each allocation of kernel memory; false makes that allocation fail.
  virtual bool allocation_succeeds() = 0;
  virtual PoolMemory map_pool(ProcessId process, std::uint32_t bytes) = 0;  // whole pages

  virtual void call_is_over(TaskId) {}   // it has its answer: Kernel::last_call
  virtual void message_waits(TaskId) {}  // in the queue of a task that does not sleep
};

}  // namespace touchstone::kernel
