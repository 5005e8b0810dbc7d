// daemon_world.h: the world of the daemon's kernel: the memory that clients sent along with their
// calls, descriptors on their way from one process to another, pools in sealed files, the clock.
// Waits for nothing and talks to nobody.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "daemon/request.h"
#include "daemon/unique_fd.h"
#include "reference/kernel/world.h"

namespace touchstone::daemon {

// Bytes that a call writes into its process's memory.
struct Written {
  kernel::Address address = 0;
  std::array<std::byte, 12> bytes{};
  std::uint32_t count = 0;
};

class DaemonWorld final : public kernel::World {
 public:
  explicit DaemonWorld(const kernel::Abi& abi) : abi_(abi) {}

  // What a call can read, write and send, as long as the guard lives.
  class Call {
   public:
    Call(DaemonWorld& world, kernel::ProcessId process, const IoctlRequest& request,
         std::span<const SharedFd> files);
    ~Call();
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

   private:
    DaemonWorld& world_;
  };
  // A call that cannot have its argument written sleeps; it is over.
  void add_unwritable(kernel::ProcessId process, kernel::Address argument);
  void remove_unwritable(kernel::ProcessId process, kernel::Address argument);

  // Where the next pool lies in its process.
  void set_pool_address(kernel::Address address) { pool_address_ = address; }
  // The file of the last pool that was mapped.
  UniqueFd take_pool_file() { return std::move(pool_file_); }

  // A descriptor that a message carries is a ticket until its receiver gets it.
  SharedFd take_file(kernel::Descriptor ticket);
  // Files that are on their way, of all and of those that the process has sent.
  std::size_t file_count() const { return files_.size(); }
  std::size_t file_count(kernel::ProcessId sender) const;
  void forget_sender(kernel::ProcessId process) { sent_.erase(process); }

  // Calls that are over, in order, with what each has written.
  struct Over {
    kernel::TaskId task = 0;
    Written written;
  };
  std::vector<Over>& over() { return over_; }
  // Tasks that do not sleep and for which messages have come, one each time.
  std::deque<kernel::TaskId>& recipients() { return recipients_; }

  // Nanoseconds of CLOCK_MONOTONIC, each reading later than the one before.
  std::uint64_t read_clock() override;
  bool read_user(kernel::ProcessId process, kernel::Address from, std::span<std::byte> to) override;
  bool write_user(kernel::ProcessId process, kernel::Address to,
                  std::span<const std::byte> from) override;
  bool descriptor_is_open(kernel::ProcessId process, kernel::Descriptor number) const override;
  kernel::Descriptor copy_descriptor(kernel::ProcessId from, kernel::Descriptor number,
                                     kernel::ProcessId to, kernel::Descriptor lowest) override;
  void close_descriptor(kernel::ProcessId process, kernel::Descriptor ticket) override;
  bool allocation_succeeds() override { return true; }
  kernel::PoolMemory map_pool(kernel::ProcessId process, std::uint32_t bytes) override;
  void call_is_over(kernel::TaskId task) override;
  void message_waits(kernel::TaskId task) override { recipients_.push_back(task); }

 private:
  struct Travelling {
    SharedFd file;
    kernel::ProcessId sender = 0;
  };

  const kernel::Abi& abi_;
  // Of the call that is being made.
  kernel::ProcessId caller_ = 0;
  const IoctlRequest* request_ = nullptr;
  std::span<const SharedFd> request_files_;

  std::set<std::pair<kernel::ProcessId, kernel::Address>> unwritable_;
  Written written_;  // by the call that is over next
  std::vector<Over> over_;
  std::deque<kernel::TaskId> recipients_;
  kernel::Address pool_address_ = 0;
  UniqueFd pool_file_;
  std::map<kernel::Descriptor, Travelling> files_;  // by ticket
  std::map<kernel::ProcessId, std::size_t> sent_;
  kernel::Descriptor next_ticket_ = 0;
  std::uint64_t last_reading_ = 0;
};

}  // namespace touchstone::daemon
