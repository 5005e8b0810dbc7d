// kernel.h: the kernel side of LiteIPC as a deterministic state machine.  Each call runs to its end
// or until the caller sleeps, which is a value; tasks that it woke then run in wake order.  Calls
// by a task that sleeps or has ended are the caller's mistake.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "reference/kernel/errors.h"
#include "reference/kernel/state.h"

namespace touchstone::kernel {

struct Spawned {
  ProcessId process;
  TaskId task;
};

struct MapRequest {  // mmap's arguments
  std::uint64_t bytes = 0;
  bool read = false, write = false, exec = false, shared = false, private_copy = false;
};

class Kernel {
 public:
  Kernel(World&, const Abi&, const Quirks&, TaskId tasks = task_limit,
         ProcessId processes = process_limit);

  // --- tasks and processes (spec 8) ---
  // Last freed task first, oldest freed process first; else only where there is no new id.
  void reuse_ids() { ids_are_reused_ = true; }
  Result<Spawned> spawn(std::uint32_t user, std::uint32_t group);  // errors: EAGAIN LIF-20
  Result<Spawned> fork(TaskId caller);                             // errors: EAGAIN, ENOMEM LIF-4
  Result<TaskId> create_thread(ProcessId process);                 // errors: EAGAIN LIF-20
  void exit_task(TaskId task);
  void exit_process(ProcessId process);
  void exec(TaskId caller);

  // --- the device (spec 1): errors in the order of their clauses ---
  Result<void> open(TaskId caller);
  void close(TaskId) {}  // DEV-4: nothing is undone
  Result<Address> mmap(TaskId caller, const MapRequest& request);
  void munmap(TaskId) {}  // DEV-15: unnoticed
  Answer ioctl(TaskId caller, std::uint64_t command, Address argument);

  // How the last ioctl of a task stands.
  const Answer& last_call(TaskId task) const { return tasks_[task].last_call; }
  // Sleepers whose time is over by the world's clock wake (RCV-7, RCV-18).
  void wake_expired();

  // User memory of a process, its pool included; a pool can be read and not written.
  bool read_user(ProcessId process, Address from, std::span<std::byte> to);

  // The state, for those who describe it.
  const Task& task(TaskId id) const { return tasks_[id]; }
  const Process& process(ProcessId id) const { return processes_[id]; }
  const std::optional<Cms>& cms() const { return cms_; }
  bool is_alive(TaskId id) const { return id < tasks_.size() && tasks_[id].alive; }
  bool sleeps(TaskId id) const { return is_alive(id) && tasks_[id].wait.has_value(); }
  ProcessId process_of(TaskId id) const { return tasks_[id].process; }

  // The first law that the state breaks, in words; none if all hold.
  std::optional<std::string> broken_invariant() const;

 private:
  // device.cc
  Result<std::uint32_t> validate_mmap(const Process& process, const MapRequest& request) const;
  Result<Answer> command(TaskId caller, std::uint64_t word, Address argument);
  void finish(TaskId caller, const Result<Answer>& answer);
  Result<Answer> get_version(TaskId caller, Address argument);
  std::unexpected<Refusal> refuse_copy(const char* clause, std::size_t bytes) const;
  Address pool_address(ProcessId id) const { return processes_[id].ipc->pool->address(); }

  // cms.cc
  Result<Answer> set_cms(TaskId caller, Address message_bytes_max);
  Result<Answer> cms_command(TaskId caller, Address argument);
  Result<Answer> gen_handle(TaskId caller, std::span<std::byte> content, Address argument);
  Result<Answer> add_access(std::uint32_t subject, std::uint32_t service);
  Result<Answer> set_ipc_thread(TaskId caller);
  bool is_cms_task(TaskId id) const { return cms_ && cms_->task.id == id && is_live(cms_->task); }
  // The task meant is alive: not a later one with its id (LIF-17, LIF-18, LIF-19).
  bool is_live(const TaskRef& task) const {
    return is_alive(task.id) && (quirks_.ids_inherit || ref(task.id) == task);
  }
  TaskRef ref(TaskId id) const { return {id, tasks_[id].generation}; }
  bool may_call(ProcessId process, std::uint32_t handle) const;
  void give_access(ProcessId process, TaskId service);
  void withdraw_access(ProcessId process, TaskId service);
  bool make_task_ipc(TaskId task);

  // send.cc
  using Delivered = std::unordered_map<PoolOffset, std::unique_ptr<Message>>::node_type;
  Result<Answer> send_receive(TaskId caller, Address argument);
  Result<Delivered> take_back(ProcessId process, Address buffer);
  Result<std::uint64_t> send(TaskId caller, Address message, const Delivered& given_back);
  Result<Header> read_header(TaskId caller, Address message);
  Result<TaskRef> validate_request(TaskId caller, const Header& header) const;
  Result<TaskRef> validate_reply(TaskId caller, const Header& header, const Delivered& given_back);
  Result<void> validate_target(const TaskRef& target) const;
  Result<void> fill(TaskId caller, Message& message);
  Result<void> fill_block(TaskId caller, Message& message);
  void queue(std::unique_ptr<Message> message);
  // The parts of a message's block: the header, then data and offsets, whole words each.
  std::uint32_t data_at() const { return abi_.limits.message_header_bytes; }
  std::span<std::byte> data_of(const Message& message);
  std::span<std::byte> offsets_of(const Message& message);

  // object.cc
  Result<std::uint32_t> validate_offset(const Message& message, std::uint32_t index,
                                        std::size_t end_of_previous);
  Result<void> validate_cms_limit(const Message& message);
  Result<void> carry_objects(TaskId caller, Message& message);
  Result<void> carry_descriptor(TaskId caller, Message& message, std::span<std::byte> object);
  Result<void> carry_buffer(TaskId caller, Message& message, std::span<std::byte> object);
  Result<void> carry_service(TaskId caller, Message& message, std::span<std::byte> object);
  void undo(const Message& message);

  // receive.cc
  Result<Answer> take_or_sleep(TaskId caller, Wait wait);
  Result<Answer> deliver(TaskId caller, const Wait& wait);
  void throw_away_first(TaskId task);
  void run_woken();

  // lifecycle.cc
  void end_task(TaskId id);
  void end_service(TaskId id, const Sender& sender);
  void notify_death(ProcessId to, TaskId dead, const Sender& sender);
  void release_queue(TaskId id);
  void destroy_ipc(ProcessId id);
  Sender sender_of(TaskId id) const;
  std::vector<TaskId> tasks_of(ProcessId id) const;

  Pool& pool_of(TaskId task) { return *processes_[process_of(task)].ipc->pool; }

  World& world_;
  const Abi& abi_;
  const Quirks quirks_;
  std::vector<Task> tasks_;         // by id
  std::vector<Process> processes_;  // by id
  std::optional<Cms> cms_;
  std::vector<TaskId> woken_;  // in wake order; run at the end of the call
  bool ids_are_reused_ = false;
  TaskId next_task_ = first_user_task;
  ProcessId next_process_ = first_user_process;
  std::vector<TaskId> free_tasks_;        // the last freed is used first
  std::deque<ProcessId> free_processes_;  // the oldest freed is used first
};

}  // namespace touchstone::kernel
