// reference_world.h: the world around the reference kernel: user memory, descriptors, a virtual
// clock, injected failures.  Deterministic: the same calls give the same answers.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "adapter/backend.h"
#include "reference/kernel/world.h"

namespace touchstone {

class ReferenceWorld : public kernel::World {
 public:
  ReferenceWorld();

  // Each task has an area of user memory in the address space of its process; it reads as zeroes
  // until written.
  void make_area(std::uint32_t task, std::uint32_t process);
  void drop_area(std::uint32_t task);
  static Region area_of(std::uint32_t task);

  void make_descriptors(std::uint32_t process);
  void copy_descriptors(std::uint32_t from, std::uint32_t to);
  void drop_descriptors(std::uint32_t process);
  std::uint32_t open_descriptor(std::uint32_t process);
  std::optional<std::uint64_t> file_of(std::uint32_t process, std::uint32_t descriptor) const;
  std::uint32_t descriptor_count(std::uint32_t process) const;

  void advance(std::uint64_t nanoseconds) { clock_ += nanoseconds; }
  void inject_alloc_failure(std::uint32_t after) { allocations_until_failure_ = after; }

  bool read_user(kernel::ProcessId process, kernel::Address from, std::span<std::byte> to) override;
  bool write_user(kernel::ProcessId process, kernel::Address to,
                  std::span<const std::byte> from) override;
  bool descriptor_is_open(kernel::ProcessId process, kernel::Descriptor descriptor) const override;
  kernel::Descriptor copy_descriptor(kernel::ProcessId from, kernel::Descriptor descriptor,
                                     kernel::ProcessId to, kernel::Descriptor lowest) override;
  void close_descriptor(kernel::ProcessId process, kernel::Descriptor descriptor) override;
  std::uint64_t read_clock() override { return ++clock_; }
  bool allocation_succeeds() override;
  kernel::PoolMemory map_pool(kernel::ProcessId process, std::uint32_t bytes) override;

 private:
  struct Area {
    bool exists = false;
    std::uint32_t process = 0;
    std::vector<std::byte> bytes;  // what was written; zeroes follow
  };
  Area* find_area(std::uint32_t process, std::uint64_t address, std::size_t bytes, std::size_t& at);
  std::uint32_t put_file(std::uint32_t process, std::uint64_t file, std::uint32_t lowest);

  std::vector<Area> areas_;                        // by task id
  std::vector<std::vector<std::uint64_t>> files_;  // by process id, then descriptor; 0: not open
  std::uint64_t next_file_ = 1;
  std::uint64_t clock_ = 1000000000;
  std::optional<std::uint32_t> allocations_until_failure_;
};

}  // namespace touchstone
