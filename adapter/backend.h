// backend.h: what a LiteIPC implementation looks like from below: processes, tasks, a device, user
// memory, time.  Numbers and bytes cross it, nothing symbolic.  Every id is the implementation's
// own; a task id is what the kernel uses as a handle.  The same port in C:
// include/touchstone/plugin.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace touchstone {

// What a backend can show.  A case that needs a missing one is `unsupported`, never failed.
enum class Capability : std::uint32_t {
  virtual_time = 1u << 0,         // `advance`; word "virtual-time"
  fork = 1u << 1,                 // word "fork"
  exec = 1u << 2,                 // word "exec"
  alloc_fault = 1u << 3,          // `inject_alloc_failure`; word "alloc-fault"
  id_reuse = 1u << 4,             // ids of the dead are handed out again; word "id-reuse"
  credentials = 1u << 5,          // spawn takes uid and gid; without it they are not compared
  fd_passing = 1u << 6,           // descriptors can be opened and sent; word "fd"
  descriptor_identity = 1u << 7,  // `descriptor_identity` tells which open file a descriptor is
  descriptor_count = 1u << 8,     // `descriptor_count`; word "fd-count"
  user_range = 1u << 9,           // buffers lie where LIM-10's table says; word "user-range"
};
inline constexpr std::uint32_t every_capability = (1u << 10) - 1;

// What each task has for a whole call's arguments: a full message, its objects and its offsets.
inline constexpr std::uint64_t scratch_bytes_min = 65536;

enum class DataModel : std::uint8_t { ilp32, lp64 };

struct BackendInfo {
  std::string name;
  std::string version;
  DataModel data_model = DataModel::ilp32;
  std::uint32_t capabilities = 0;  // bits of Capability
  std::uint32_t task_limit = 128;
  std::uint32_t process_limit = 64;
  std::uint32_t page_bytes = 4096;
  std::uint64_t scratch_bytes_max = 1u << 20;  // a task has no more
  bool real_time = false;  // `advance` waits, for a time that is never exact; not virtual_time
  std::uint64_t bad_address = 0;     // inside the user range, never mapped
  std::uint64_t kernel_address = 0;  // outside the user range
  std::uint32_t kernel_task = 0;     // ids that stand for the kernel as a sender (0 if it has none)
  std::uint32_t kernel_process = 0;

  bool has(Capability capability) const {
    return (capabilities & static_cast<std::uint32_t>(capability)) != 0;
  }
};

using ErrnoNumber = std::int32_t;  // positive, the target's number
template <typename T>
using OrErrno = std::expected<T, ErrnoNumber>;

struct NewTask {
  std::uint32_t process = 0;
  std::uint32_t task = 0;
};

// How a device call stands.  `value` is what the call returned: >= 0, or minus an errno.
struct Completion {
  bool blocked = false;
  std::int64_t value = 0;
  const char* clause = "";  // the clause that decided it; known for the reference only
};

struct Region {
  std::uint64_t address = 0;
  std::uint64_t bytes = 0;
};

// One fresh instance of an implementation: a kernel just booted, with no process in it.
// Every call runs to its end or until the calling task sleeps; tasks that it woke run, in wake
// order, before it returns.  Calls by a task that sleeps or has ended are never made.
class Backend {
 public:
  virtual ~Backend() = default;

  virtual const BackendInfo& info() const = 0;

  // Makes ids of ended tasks and processes available again, last freed task first.  Called at most
  // once, before anything else.  Only with Capability::id_reuse.
  virtual void reuse_ids() = 0;

  virtual OrErrno<NewTask> spawn(std::uint32_t uid, std::uint32_t gid) = 0;
  virtual OrErrno<NewTask> fork(std::uint32_t task) = 0;
  virtual OrErrno<std::uint32_t> create_thread(std::uint32_t process) = 0;
  virtual OrErrno<void> exit_task(std::uint32_t task) = 0;
  virtual OrErrno<void> exit_process(std::uint32_t process) = 0;
  virtual OrErrno<void> exec(std::uint32_t task) = 0;

  virtual OrErrno<void> open(std::uint32_t task) = 0;
  virtual OrErrno<void> close(std::uint32_t task) = 0;
  // `protection` and `flags` are bits of operation.h.  Gives the mapping's user address.
  virtual OrErrno<std::uint64_t> mmap(std::uint32_t task, std::uint64_t bytes,
                                      std::uint32_t protection, std::uint32_t flags) = 0;
  virtual OrErrno<void> munmap(std::uint32_t task) = 0;
  virtual Completion ioctl(std::uint32_t task, std::uint64_t command, std::uint64_t argument) = 0;
  // How the last device call of a task stands; once it is over, the same answer every time.
  virtual Completion poll(std::uint32_t task) = 0;

  // The task's own area of writable user memory, from scratch_bytes_min on, valid as long as the
  // task lives.
  virtual Region scratch(std::uint32_t task) = 0;
  // User memory of the task's process.  False where a byte of it is not mapped (or not writable).
  virtual bool read(std::uint32_t task, std::uint64_t address, std::span<std::byte> bytes) = 0;
  virtual bool write(std::uint32_t task, std::uint64_t address,
                     std::span<const std::byte> bytes) = 0;

  // Virtual time passes, or that much real time from now; sleepers whose time is over wake in
  // order.
  virtual void advance(std::uint64_t nanoseconds) = 0;
  // The (after+1)th kernel-memory allocation from here fails, once.
  virtual void inject_alloc_failure(std::uint32_t after) = 0;

  // Opens a new file in the process and gives its descriptor.
  virtual OrErrno<std::uint32_t> open_descriptor(std::uint32_t process) = 0;
  // Which open file the descriptor is: equal numbers mean the same one.  None: not open, not known.
  virtual std::optional<std::uint64_t> descriptor_identity(std::uint32_t process,
                                                           std::uint32_t descriptor) = 0;
  // Open descriptors of the process, those it started with not counted.
  virtual std::uint32_t descriptor_count(std::uint32_t process) = 0;

  // The clause that decided the last call other than ioctl and poll; known for the reference only.
  virtual const char* deciding_clause() const { return ""; }

  // Why the backend is gone, once it is: no later call means anything.
  virtual std::optional<std::string> lost() const { return std::nullopt; }
};

// What to call the ids of an implementation in text: a Program's names for them, e.g. "T1".
struct IdNames {
  std::function<std::string(std::uint32_t)> task;
  std::function<std::string(std::uint32_t)> process;
};

// Makes one fresh instance for each Program.
class BackendFactory {
 public:
  virtual ~BackendFactory() = default;
  virtual const BackendInfo& info() const = 0;
  // True where a Program could take the caller down with it: run each in a child process.
  virtual bool needs_isolation() const = 0;
  // How many instances may be in use at one time, each in a thread of its own.
  virtual std::uint32_t instances_max() const { return 1; }
  virtual std::unique_ptr<Backend> create() = 0;
};

}  // namespace touchstone
