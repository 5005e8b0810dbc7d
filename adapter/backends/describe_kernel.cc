#include "adapter/backends/describe_kernel.h"

#include "reference/kernel/kernel.h"

namespace touchstone {
namespace {

template <std::size_t size>
std::string list(const std::bitset<size>& set) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    if (set.test(i)) text += (text.empty() ? "" : ", ") + std::to_string(i);
  }
  return "{" + text + "}";
}

const char* type_name(std::uint32_t type) {
  switch (type) {
    case kernel::request: return "request";
    case kernel::reply: return "reply";
    case kernel::failed_reply: return "failed reply";
    default: return "death notice";
  }
}

std::string describe_process(std::uint32_t id, const kernel::Process& process) {
  std::string text =
      "process " + std::to_string(id) + ": main task " + std::to_string(process.main_task);
  if (!process.ipc) return text + ", no IPC state\n";
  const kernel::ProcessIpc& ipc = *process.ipc;
  text += ipc.pool ? ", pool of " + std::to_string(ipc.pool->bytes()) + " bytes" : ", no pool";
  if (ipc.ipc_thread) text += ", IPC thread " + std::to_string(ipc.ipc_thread->id);
  if (ipc.services.any()) text += ", access to tasks " + list(ipc.services);
  if (!ipc.delivered.empty()) {
    text += ", " + std::to_string(ipc.delivered.size()) + " delivered blocks";
  }
  return text + "\n";
}

std::string describe_task(std::uint32_t id, const kernel::Task& task) {
  std::string text = "task " + std::to_string(id) + ": of process " + std::to_string(task.process);
  if (!task.ipc) return text + ", no task IPC state\n";
  text += ", callers " + list(task.ipc->callers) + ", queue [";
  bool first = true;
  for (const auto& message : task.ipc->queue) {
    if (!first) text += ", ";
    first = false;
    text += std::string(type_name(message->header.type)) + " from task " +
            std::to_string(message->sender.task.id);
  }
  text += "]";
  if (task.wait) {
    text +=
        task.wait->awaited ? ", sleeps for a reply until its deadline" : ", sleeps in a receive";
  }
  return text + "\n";
}

}  // namespace

std::string describe_kernel(const kernel::Kernel& kernel) {
  std::string text = "no CMS\n";
  if (const auto& cms = kernel.cms()) {
    text = "CMS: task " + std::to_string(cms->task.id) + ", greatest request " +
           std::to_string(cms->message_bytes_max) + " bytes\n";
  }
  for (std::uint32_t id = 0; id < kernel::process_limit; ++id) {
    if (kernel.process(id).alive) text += describe_process(id, kernel.process(id));
  }
  for (std::uint32_t id = 0; id < kernel::task_limit; ++id) {
    if (kernel.is_alive(id)) text += describe_task(id, kernel.task(id));
  }
  return text;
}

}  // namespace touchstone
