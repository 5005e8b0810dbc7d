// Tasks and processes: how they come, what they take with them when they end.  Spec 7 and 8.
#include "reference/kernel/kernel.h"

namespace touchstone::kernel {

Result<TaskId> Kernel::create_thread(ProcessId process) {
  const bool wants_new = free_tasks_.empty() || !ids_are_reused_;
  if (wants_new && next_task_ < tasks_.size()) free_tasks_.push_back(next_task_++);
  if (free_tasks_.empty()) return refuse(Errno::try_again, "LIF-20");  // LIM-5
  const TaskId id = free_tasks_.back();
  free_tasks_.pop_back();
  tasks_[id] = {tasks_[id].generation + 1, true, process, false, {}, {}, {}};
  return id;  // LIF-2
}

Result<Spawned> Kernel::spawn(std::uint32_t user, std::uint32_t group) {
  const bool wants_new = free_processes_.empty() || !ids_are_reused_;
  if (wants_new && next_process_ < processes_.size()) free_processes_.push_front(next_process_++);
  if (free_processes_.empty()) return refuse(Errno::try_again, "LIF-20");  // LIM-6
  const ProcessId id = free_processes_.front();
  const Result<TaskId> task = create_thread(id);
  if (!task) return std::unexpected(task.error());
  free_processes_.pop_front();
  processes_[id] = {processes_[id].generation + 1, true, user, group, *task, {}};  // LIF-1
  return Spawned{id, *task};
}

Result<Spawned> Kernel::fork(TaskId caller) {
  const Process& parent = processes_[process_of(caller)];
  if (parent.ipc && !world_.allocation_succeeds()) return refuse(Errno::out_of_memory, "LIF-4");
  const Result<Spawned> child = spawn(parent.user, parent.group);
  if (child && parent.ipc) processes_[child->process].ipc.emplace();  // LIF-3, LIF-5, ACC-10
  return child;
}

void Kernel::exit_task(TaskId task) {
  if (processes_[process_of(task)].main_task == task)
    return exit_process(process_of(task));  // LIF-8
  end_service(task, sender_of(task));       // LIF-6; LIF-7, ACC-7: what its process has stays
  end_task(task);
  run_woken();
}

void Kernel::exit_process(ProcessId id) {
  const std::vector<TaskId> tasks = tasks_of(id);
  for (const TaskId task : tasks) {  // LIF-9, DTH-7
    const bool is_late = quirks_.kernel_sends_late_notices && task != processes_[id].main_task;
    end_service(task, is_late ? Sender{{kernel_task, 0}, kernel_process, 0, 0} : sender_of(task));
  }
  for (const TaskId task : tasks) end_task(task);  // LIF-11
  destroy_ipc(id);
  if (cms_ && cms_->process == id) cms_->process = 0;  // LIF-17
  processes_[id].alive = false;
  free_processes_.push_back(id);
  run_woken();
}

void Kernel::exec(TaskId caller) {
  const ProcessId id = process_of(caller);
  for (const TaskId task : tasks_of(id)) {
    if (task == caller) continue;
    end_service(task, sender_of(caller));  // LIF-12
    end_task(task);
  }
  processes_[id].main_task = caller;  // LIF-16
  if (quirks_.exec_keeps_service) {
    release_queue(caller);  // Q12
  } else {
    tasks_[caller].access_ended_by_exec = tasks_[caller].ipc.has_value();
    end_service(caller, sender_of(caller));  // LIF-14, LIF-15
  }
  destroy_ipc(id);  // LIF-13
  run_woken();
}

void Kernel::end_task(TaskId id) {
  tasks_[id].alive = false;
  tasks_[id].wait.reset();
  free_tasks_.push_back(id);
}

// LiteIpcRemoveServiceHandle: the queue goes, access is withdrawn, those who had it are told.
void Kernel::end_service(TaskId id, const Sender& sender) {
  if (!tasks_[id].ipc) return;
  release_queue(id);
  for (const ProcessId caller : std::set(tasks_[id].ipc->callers)) {  // DTH-9, DTH-10, DTH-11
    withdraw_access(caller, id);                                      // ACC-9
    if (caller != process_of(id)) notify_death(caller, id, sender);   // DTH-3, DTH-4
  }
  tasks_[id].ipc.reset();
}

// DTH-1: a notice for the IPC thread of a process, or none where it cannot be had.
void Kernel::notify_death(ProcessId to, TaskId dead, const Sender& sender) {
  const std::optional<TaskRef>& thread = processes_[to].ipc->ipc_thread;
  if (!thread || !is_live(*thread)) return;  // DTH-5, LIF-19
  const std::optional<ProcessIpc>& ipc = processes_[process_of(thread->id)].ipc;
  const auto block = ipc && ipc->pool ? ipc->pool->allocate(data_at()) : std::nullopt;
  if (!block) return;                                                                 // DTH-6
  if (!make_task_ipc(thread->id)) return ipc->pool->release(*block);                  // DTH-6
  auto notice = std::make_unique<Message>(Message{{}, sender, *thread, *block, {}});  // DTH-8
  notice->header.type = death_notify;                                                 // DTH-2
  notice->header.handle = thread->id;
  notice->header.token = dead;
  notice->header.timestamp = world_.read_clock();
  queue(std::move(notice));
}

void Kernel::release_queue(TaskId id) {
  while (tasks_[id].ipc && !tasks_[id].ipc->queue.empty()) throw_away_first(id);
}

// LiteIpcPoolDelete: queues are empty by now; access, IPC thread, buffers and pool go.
void Kernel::destroy_ipc(ProcessId id) {
  if (!processes_[id].ipc) return;
  for (const TaskId service : std::set(processes_[id].ipc->services)) {  // ACC-8
    withdraw_access(id, service);
  }
  processes_[id].ipc.reset();
}

Sender Kernel::sender_of(TaskId id) const {
  const Process& process = processes_[process_of(id)];
  return {ref(id), process_of(id), process.user, process.group};
}

// Live tasks of a process, its main task first.
std::vector<TaskId> Kernel::tasks_of(ProcessId id) const {
  std::vector<TaskId> tasks{processes_[id].main_task};
  for (TaskId task = 0; task < tasks_.size(); ++task) {
    if (is_alive(task) && process_of(task) == id && task != tasks.front()) tasks.push_back(task);
  }
  return tasks;
}

}  // namespace touchstone::kernel
