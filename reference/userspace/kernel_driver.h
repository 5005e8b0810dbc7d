// kernel_driver.h: the library's driver on the reference kernel: arguments become bytes in the
// caller's memory, and a delivered message is read from its pool.  Knows no callback.
#pragma once

#include <map>
#include <vector>

#include "reference/kernel/kernel.h"
#include "reference/userspace/driver.h"

namespace touchstone::dispatch {

// A machine with a kernel, memory for the arguments of each task, a clock that stands unless it is
// moved, and no descriptors.
class Machine : public kernel::World {
 public:
  explicit Machine(kernel::DataModel model)
      : abi_(kernel::abi_of(model)), kernel_(*this, abi_, kernel::Quirks{}) {}

  kernel::Kernel& kernel() { return kernel_; }
  const kernel::Abi& abi() const { return abi_; }
  std::uint64_t now() const { return clock_; }
  void advance(std::uint64_t nanoseconds);

  // Bytes of a process's own memory, which is all mapped and writable.
  std::span<std::byte> memory(kernel::ProcessId process, kernel::Address from, std::size_t bytes);

  bool read_user(kernel::ProcessId process, kernel::Address from, std::span<std::byte> to) override;
  bool write_user(kernel::ProcessId process, kernel::Address to,
                  std::span<const std::byte> from) override;
  bool descriptor_is_open(kernel::ProcessId, kernel::Descriptor) const override { return false; }
  kernel::Descriptor copy_descriptor(kernel::ProcessId, kernel::Descriptor, kernel::ProcessId,
                                     kernel::Descriptor lowest) override {
    return lowest;
  }
  void close_descriptor(kernel::ProcessId, kernel::Descriptor) override {}
  std::uint64_t read_clock() override { return ++clock_; }
  bool allocation_succeeds() override { return true; }
  kernel::PoolMemory map_pool(kernel::ProcessId process, std::uint32_t bytes) override;

 private:
  const kernel::Abi& abi_;
  std::uint64_t clock_ = 0;
  std::map<kernel::ProcessId, std::vector<std::byte>> memory_;
  kernel::Kernel kernel_;
};

// The driver of one process; a thread is a task of it.
class KernelDriver : public Driver {
 public:
  KernelDriver(Machine& machine, kernel::ProcessId process)
      : machine_(machine), process_(process) {}

  bool open(Thread caller) override;
  void close(Thread caller) override;
  bool map(Thread caller, std::uint32_t bytes) override;
  Answer set_cms(Thread caller, std::uint32_t message_bytes_max) override;
  Answer gen_handle(Thread caller, std::uint32_t task) override;
  Answer add_access(Thread caller, std::uint32_t task, std::uint32_t service) override;
  Answer set_ipc_thread(Thread caller) override;
  Answer exchange(Thread caller, const Exchange& exchange) override;
  Answer poll(Thread caller) override;
  std::optional<Thread> start_thread() override;
  void end_thread(Thread thread) override;

 private:
  std::span<std::byte> argument(Thread caller, kernel::Address at, std::size_t bytes);
  Answer cms_command(Thread caller, std::uint32_t command, std::uint32_t task,
                     std::uint32_t service);
  kernel::Address write_message(Thread caller, const Outgoing& message);
  Answer answer_of(Thread caller, const kernel::Answer& answer, bool receives);
  Incoming read_message(kernel::Address at);

  Machine& machine_;
  const kernel::ProcessId process_;
};

}  // namespace touchstone::dispatch
