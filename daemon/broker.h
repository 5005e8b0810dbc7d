// broker.h: who is who, and what their calls come to: processes and threads as the socket names
// them, tasks of the reference kernel, answers.  No sockets, no waiting: the server hands in what
// came and sends what `Answers` says.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "daemon/daemon_world.h"
#include "daemon/protocol.h"
#include "daemon/request.h"
#include "daemon/unique_fd.h"
#include "reference/kernel/kernel.h"

namespace touchstone::daemon {

struct Limits {
  std::uint32_t tasks = kernel::task_limit;
  std::uint32_t processes = kernel::process_limit;
  std::uint32_t threads_per_process = 64;
  std::uint32_t descriptors_per_process = 512;  // sent and not yet received
  std::uint32_t descriptors = 16384;            // the same of all together
  friend bool operator==(const Limits&, const Limits&) = default;
};

// A process as the socket names it.
struct Peer {
  pid_t pid = 0;
  uid_t uid = 0;
  gid_t gid = 0;
};

// What a call gave.  With files the client has yet to say where it has put them.
struct CallAnswer {
  std::int64_t value = 0;
  Written written;
  std::vector<std::uint32_t> places;  // in the message: of the numbers of the files
  kernel::PoolOffset message = 0;     // where that lies in the pool; only with files
  std::vector<SharedFd> files;
};

class Answers {
 public:
  virtual ~Answers() = default;
  virtual void answer(kernel::TaskId task, CallAnswer answer) = 0;
  // Something has come for a task that is in no call.  The argument of the plain receive that it
  // has posted, if it has: the answer to that is asked for.
  virtual std::optional<kernel::Address> take_posted(kernel::TaskId) { return std::nullopt; }
  virtual bool has_posted(kernel::TaskId) const { return false; }
};

// A task of the daemon's own: its answers go to it, and once all others have theirs it has its
// turn.
class Resident {
 public:
  virtual ~Resident() = default;
  virtual kernel::TaskId task() const = 0;
  virtual void answered(CallAnswer answer) = 0;
  virtual void take_turn() = 0;
  virtual void process_ended(kernel::ProcessId process) = 0;
};

class TraceRecorder;

class Broker {
 public:
  Broker(kernel::DataModel model, const Limits& limits, Answers& answers);

  // A thread of a process comes: -EAGAIN if there is no room, -EEXIST if it is here already.
  std::int64_t join(const Peer& peer, const liteipcd_hello& hello);
  // A thread has gone, its process may live on; its process has ended, or executes another program.
  void leave(kernel::TaskId task);
  void end_process(pid_t pid);

  // Errors are minus an errno.
  std::int64_t open(kernel::TaskId task);
  std::int64_t mmap(kernel::TaskId task, const liteipcd_mmap& request, UniqueFd& pool);
  // The answer comes through `Answers`: now, or once another call or time brings it.
  void ioctl(kernel::TaskId task, const IoctlRequest& request, std::span<const SharedFd> files);
  // Whether a plain receive by the task would wait now.
  bool would_wait(kernel::TaskId task) const;
  // Whether it waits, in a call or for what it has posted.
  bool waits(kernel::TaskId task) const {
    return kernel_.sleeps(task) || answers_.has_posted(task);
  }
  // Where the files that an answer brought now stand: written into the pool.
  void place(kernel::TaskId task, kernel::PoolOffset message, std::span<const std::uint32_t> places,
             std::span<const std::uint32_t> numbers);

  // The one that there is; it stays as long as the broker is used.
  void host(Resident& resident) { resident_ = &resident; }
  bool is_resident(kernel::ProcessId process) const {
    return resident_ != nullptr && kernel_.process_of(resident_->task()) == process;
  }
  // Who is told of all that happens; null: nobody.
  void record(TraceRecorder* recorder) { recorder_ = recorder; }

  // When the next sleeper's time is over, by the world's clock; none if nobody sleeps for a time.
  std::optional<std::uint64_t> next_deadline();
  void wake_expired();

  // The thread whose task this is.
  struct Member {
    pid_t pid = 0;
    pid_t thread = 0;
  };
  struct Process {
    kernel::ProcessId id = 0;
    Peer peer;
    std::map<pid_t, kernel::TaskId> tasks;  // by thread; the main one is always there
    bool main_is_here = false;
  };
  const std::map<pid_t, Process>& processes() const { return processes_; }
  bool has(kernel::TaskId task) const { return task < members_.size() && members_[task].pid != 0; }
  const Member& member(kernel::TaskId task) const { return members_[task]; }
  const kernel::Kernel& kernel() const { return kernel_; }
  const DaemonWorld& world() const { return world_; }
  const Limits& limits() const { return limits_; }
  kernel::DataModel data_model() const { return model_; }

 private:
  struct Sleep {
    std::uint64_t deadline = 0;
    kernel::TaskId task = 0;
  };
  std::int64_t new_process(const Peer& peer, const liteipcd_hello& hello);
  void add_sleep(kernel::TaskId task);
  void drop_ended_sleeps();
  void call(kernel::TaskId task, const IoctlRequest& request, std::span<const SharedFd> files);
  void receive_posted(kernel::TaskId task);
  void hand_out();
  void answer_all();
  void add_files(kernel::TaskId task, CallAnswer& answer);
  std::int64_t refuse(const Peer& peer, const liteipcd_hello& hello, std::int64_t error) const;
  void record_call(kernel::TaskId task, const IoctlRequest& request);

  kernel::Abi abi_;
  const kernel::DataModel model_;
  const Limits limits_;
  Answers& answers_;
  Resident* resident_ = nullptr;
  TraceRecorder* recorder_ = nullptr;
  DaemonWorld world_;
  kernel::Kernel kernel_;
  std::map<pid_t, Process> processes_;
  std::vector<Member> members_;             // by task id
  std::vector<kernel::Address> arguments_;  // by task id: of its last ioctl
  std::vector<std::uint64_t> queued_;       // by task id: the last of its deadlines in `sleeps_`
  std::deque<Sleep> sleeps_;                // by deadline; some are over before their time
};

}  // namespace touchstone::daemon
