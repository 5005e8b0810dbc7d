// The CMS, its commands, the IPC thread, and who may call whom.  Spec 2 and 3.
#include <array>

#include "reference/kernel/kernel.h"

namespace touchstone::kernel {

Result<Answer> Kernel::set_cms(TaskId caller, Address message_bytes_max) {
  if (message_bytes_max < abi_.limits.message_header_bytes) return invalid("CMS-1");
  if (cms_) return refuse(Errno::exists, is_live(cms_->task) ? "CMS-2" : "CMS-4");

  cms_ = Cms{ref(caller), process_of(caller), message_bytes_max};
  return Answer{.clause = "CMS-3"};
}

Result<Answer> Kernel::cms_command(TaskId caller, Address argument) {
  const ProcessId process = process_of(caller);
  if (argument == 0) return invalid("CMS-5");
  const bool has_cms = cms_ && is_live(cms_->task);
  if (!has_cms || process_of(cms_->task.id) != process) {  // CMS-9
    const bool had_its_id = cms_ && !has_cms && cms_->task.id == caller;
    const bool had_its_process = cms_ && !has_cms && cms_->process == process;
    const char* clause = had_its_id ? "LIF-17" : had_its_process ? "CMS-26" : "CMS-6";
    return refuse(Errno::access_denied, clause);
  }
  std::array<std::byte, cms_content_bytes> content;
  if (!read_user(process, argument, content)) return invalid("CMS-7");
  const std::uint32_t subject = load32(content, 4);
  const std::uint32_t service = load32(content, 8);
  switch (load32(content, 0)) {
    case gen_handle_command: return gen_handle(caller, content, argument);
    case remove_handle_command:
      if (service >= tasks_.size()) return invalid("CMS-15");
      return Answer{.clause = "CMS-16"};
    case add_access_command: return add_access(subject, service);
    default: return invalid("CMS-8");
  }
}

Result<Answer> Kernel::gen_handle(TaskId caller, std::span<std::byte> content, Address argument) {
  const ProcessId process = process_of(caller);
  const std::uint32_t subject = load32(content, 4) == 0 ? caller : load32(content, 4);
  if (!is_alive(subject)) return invalid("CMS-10");
  if (is_cms_task(subject)) return invalid("CMS-11");

  if (tasks_[subject].ipc) give_access(process, subject);  // CMS-13
  store32(content, 8, subject);                            // CMS-12
  if (!world_.write_user(process, argument, content)) return refuse(Errno::bad_address, "CMS-14");
  return Answer{.clause = "CMS-12"};
}

Result<Answer> Kernel::add_access(std::uint32_t subject, std::uint32_t service) {
  if (!is_alive(subject)) return invalid("CMS-17");
  if (service >= tasks_.size()) return invalid("CMS-18");
  const TaskRef target = service == handle_cms ? cms_->task : ref(service);  // CMS-22
  if (!is_live(target) || !tasks_[target.id].ipc) return invalid("CMS-19");
  if (!processes_[process_of(subject)].ipc) return invalid("CMS-20");

  give_access(process_of(subject), target.id);  // CMS-21
  return Answer{.clause = "CMS-21"};
}

Result<Answer> Kernel::set_ipc_thread(TaskId caller) {
  ProcessIpc& ipc = *processes_[process_of(caller)].ipc;
  if (!cms_) return invalid("CMS-23");
  if (ipc.ipc_thread) return invalid("CMS-24");

  ipc.ipc_thread = ref(caller);
  return Answer{.value = caller, .clause = "CMS-25"};
}

bool Kernel::may_call(ProcessId process, std::uint32_t handle) const {
  if (!is_alive(handle)) return false;
  const Task& task = tasks_[handle];
  if (task.process == process) return true;                // ACC-2
  return task.ipc && task.ipc->callers.contains(process);  // ACC-3, ACC-4, ACC-5, ACC-6
}

// Both tables say the same: the service knows its callers, the process its services.
void Kernel::give_access(ProcessId process, TaskId service) {
  CHECK(tasks_[service].ipc && processes_[process].ipc, "CMS-21");
  tasks_[service].ipc->callers.insert(process);
  processes_[process].ipc->services.insert(service);
}

void Kernel::withdraw_access(ProcessId process, TaskId service) {
  tasks_[service].ipc->callers.erase(process);
  processes_[process].ipc->services.erase(service);
}

// ACC-11, ACC-12, ACC-13: the first time a task takes part in IPC.  False: no memory for it.
bool Kernel::make_task_ipc(TaskId task) {
  if (tasks_[task].ipc) return true;
  if (!world_.allocation_succeeds()) return false;
  tasks_[task].ipc.emplace();
  return true;
}

}  // namespace touchstone::kernel
