// state.h: what a kernel with LiteIPC remembers: plain structs, named as in the spec.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "reference/kernel/pool.h"

namespace touchstone::kernel {

// A task that may have ended: its id can be another's by then, its generation cannot (LIF-17).
struct TaskRef {
  TaskId id = 0;
  std::uint32_t generation = 0;
  friend bool operator==(const TaskRef&, const TaskRef&) = default;
};

// Who sent a message, as of the send (MSG-39, LIF-10).
struct Sender {
  TaskRef task;
  ProcessId process = 0;
  std::uint32_t user = 0;
  std::uint32_t group = 0;
};

// What an object of a message made at the receiver, so that it can be undone (OBJ-21, OBJ-22).
struct ObjectEffect {
  enum class Kind : std::uint8_t { descriptor, buffer, access } kind;
  std::uint32_t value;           // a descriptor, a block of the pool, or the id of the task named
  std::uint32_t generation = 0;  // of that task
};

// A message between its send and the moment it is given back.  Its bytes lie in the receiver's
// pool.
struct Message {
  Header header;  // as delivered
  Sender sender{};
  TaskRef target{};  // the task it was sent to
  PoolOffset block = 0;
  std::vector<ObjectEffect> effects;

  std::uint32_t padded_data_bytes() const { return (header.data_bytes + 3) / 4 * 4; }
};

// A task that sleeps in a receive.
struct Wait {
  Address argument = 0;                  // where inMsg is written
  std::optional<std::uint64_t> awaited;  // timestamp of the reply waited for; none: plain receive
  std::uint64_t deadline = 0;            // clock reading; only with `awaited`
};

struct TaskIpc {  // task IPC state (ACC-11 to ACC-13)
  std::deque<std::unique_ptr<Message>> queue;
  std::set<ProcessId> callers;  // processes with access
};

// How a call of a task stands.
struct Answer {
  bool blocked = false;
  std::int64_t value = 0;   // what the call returned: >= 0, or minus an errno
  const char* clause = "";  // the clause that decided it
};

struct Task {
  std::uint32_t generation = 0;
  bool alive = false;
  ProcessId process = 0;
  bool access_ended_by_exec = false;  // LIF-15
  std::optional<TaskIpc> ipc;
  std::optional<Wait> wait;
  Answer last_call;
};

struct ProcessIpc {            // IPC state (DEV-1)
  std::unique_ptr<Pool> pool;  // null: not mapped
  std::optional<TaskRef> ipc_thread;
  std::set<TaskId> services;  // tasks that the process has access to
  // Blocks that the process may give back; a message, or null for the buffer of an object.
  std::unordered_map<PoolOffset, std::unique_ptr<Message>> delivered;
};

struct Process {
  std::uint32_t generation = 0;
  bool alive = false;
  std::uint32_t user = 0;
  std::uint32_t group = 0;
  TaskId main_task = 0;
  std::optional<ProcessIpc> ipc;
};

struct Cms {  // the place that IPC_SET_CMS gives
  TaskRef task;
  ProcessId process = 0;  // its process, while that lives
  std::uint64_t message_bytes_max = 0;
};

// Ways to differ that a judge may want to follow; all false is the contract.  See spec/profiles/.
struct Quirks {
  bool copy_failure_gives_count = false;     // Q1
  bool pool_end_is_inside = false;           // Q4
  bool refused_mmap_drops_pool = false;      // Q5
  bool kernel_sends_late_notices = false;    // Q8
  bool ids_inherit = false;                  // Q9
  bool cms_limit_only_for_handle_0 = false;  // Q11
  bool exec_keeps_service = false;           // Q12
  bool undone_access_is_withdrawn = false;   // Q2, the other choice
};

}  // namespace touchstone::kernel
