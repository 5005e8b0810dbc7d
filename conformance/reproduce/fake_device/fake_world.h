// fake_world.h: the world of the fake device's kernel: user memory and descriptors of processes
// that run beside us, and a clock that goes on by itself and can be put forward.  For tests only.
#pragma once

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <fstream>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "reference/kernel/world.h"

namespace touchstone::fake {

// Descriptors that a process is to have, or no longer to have, when it is next answered.
struct Errands {
  std::map<std::uint32_t, int> files;  // by the number there, our own descriptor of the same file
  std::vector<std::uint32_t> closed;
  std::uint32_t next_number = 300;  // above what a program opens itself
};

class World final : public kernel::World {
 public:
  World() = default;
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World() override {
    for (auto& [process, errands] : errands_) forget(errands);
  }

  void set_pid(kernel::ProcessId process, pid_t pid) { pids_[process] = pid; }
  Errands& errands_of(kernel::ProcessId process) { return errands_[process]; }
  // A child has what its parent has, and will have.
  void inherit(kernel::ProcessId parent, kernel::ProcessId child) {
    errands_[child] = errands_[parent];
    for (auto& [number, file] : errands_[child].files) file = dup(file);
  }
  void end(kernel::ProcessId process) {
    forget(errands_[process]);
    errands_.erase(process);
    pids_.erase(process);
  }
  void advance(std::uint64_t ns) { advanced_ns_ += ns; }

  bool read_user(kernel::ProcessId process, kernel::Address from,
                 std::span<std::byte> to) override {
    const iovec here{to.data(), to.size()};
    const iovec there{pointer(from), to.size()};
    return process_vm_readv(pids_[process], &here, 1, &there, 1, 0) ==
           static_cast<ssize_t>(to.size());
  }

  bool write_user(kernel::ProcessId process, kernel::Address to,
                  std::span<const std::byte> from) override {
    const iovec here{const_cast<std::byte*>(from.data()), from.size()};
    const iovec there{pointer(to), from.size()};
    return process_vm_writev(pids_[process], &here, 1, &there, 1, 0) ==
           static_cast<ssize_t>(from.size());
  }

  bool descriptor_is_open(kernel::ProcessId process, kernel::Descriptor descriptor) const override {
    const auto errands = errands_.find(process);
    if (errands != errands_.end() && errands->second.files.contains(descriptor)) return true;
    const auto pid = pids_.find(process);
    const std::string file =
        "/proc/" + std::to_string(pid->second) + "/fd/" + std::to_string(descriptor);
    return faccessat(AT_FDCWD, file.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
  }

  kernel::Descriptor copy_descriptor(kernel::ProcessId from, kernel::Descriptor descriptor,
                                     kernel::ProcessId to, kernel::Descriptor) override {
    const auto waiting = errands_[from].files.find(descriptor);
    Errands& errands = errands_[to];
    const kernel::Descriptor number = errands.next_number++;
    errands.files[number] = waiting != errands_[from].files.end()
                                ? dup(waiting->second)
                                : taken_from(pids_[from], static_cast<int>(descriptor));
    return number;
  }

  void close_descriptor(kernel::ProcessId process, kernel::Descriptor descriptor) override {
    Errands& errands = errands_[process];
    const auto waiting = errands.files.find(descriptor);
    if (waiting == errands.files.end()) return errands.closed.push_back(descriptor);
    close(waiting->second);
    errands.files.erase(waiting);
  }

  std::uint64_t read_clock() override {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
    const std::uint64_t reading = static_cast<std::uint64_t>(ns) + advanced_ns_;
    last_reading_ = reading > last_reading_ ? reading : last_reading_ + 1;
    return last_reading_;
  }

  // A file of this name holds how many allocations succeed before one fails.
  void set_failure_file(std::string name) { failure_file_ = std::move(name); }
  bool allocation_succeeds() override {
    std::ifstream file(failure_file_);
    unsigned after = 0;
    if (!(file >> after)) return true;
    file.close();
    if (after == 0) return unlink(failure_file_.c_str()) != 0;
    std::ofstream(failure_file_) << after - 1;
    return true;
  }
  kernel::PoolMemory map_pool(kernel::ProcessId process, std::uint32_t bytes) override {
    if (!allocation_succeeds()) return {};
    return {std::make_shared<std::byte[]>(bytes), 0x20000000 + kernel::Address{process} * 0x100000};
  }

 private:
  static void* pointer(kernel::Address address) {
    return reinterpret_cast<void*>(static_cast<std::uintptr_t>(address));
  }
  static int taken_from(pid_t pid, int descriptor) {
    const auto process = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
    const auto file = static_cast<int>(syscall(SYS_pidfd_getfd, process, descriptor, 0));
    close(process);
    return file;
  }
  static void forget(Errands& errands) {
    for (const auto& [number, file] : errands.files) close(file);
    errands.files.clear();
  }

  std::map<kernel::ProcessId, pid_t> pids_;
  std::map<kernel::ProcessId, Errands> errands_;
  std::string failure_file_;
  std::uint64_t advanced_ns_ = 0;
  std::uint64_t last_reading_ = 0;
};

}  // namespace touchstone::fake
