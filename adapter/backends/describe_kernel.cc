#include "adapter/backends/describe_kernel.h"

#include "reference/kernel/kernel.h"

namespace touchstone {
namespace {

const char* type_name(std::uint32_t type) {
  switch (type) {
    case kernel::request: return "request";
    case kernel::reply: return "reply";
    case kernel::failed_reply: return "failed reply";
    default: return "death notice";
  }
}

class Describer {
 public:
  Describer(const kernel::Kernel& kernel, const IdNames& names) : kernel_(kernel), names_(names) {}

  std::string describe() const {
    std::string text = "no CMS\n";
    if (const auto& cms = kernel_.cms()) {
      text = "CMS " + names_.task(cms->task.id) + ", greatest request " +
             std::to_string(cms->message_bytes_max) + " bytes\n";
    }
    for (std::uint32_t id = 0; id < kernel::process_limit; ++id) {
      if (!kernel_.process(id).alive) continue;
      text += describe_process(id);
      for (std::uint32_t task = 0; task < kernel::task_limit; ++task) {
        if (kernel_.is_alive(task) && kernel_.process_of(task) == id) text += describe_task(task);
      }
    }
    return text;
  }

 private:
  static std::string list(const std::set<std::uint32_t>& set,
                          const std::function<std::string(std::uint32_t)>& name) {
    std::string text;
    for (const std::uint32_t id : set) text += (text.empty() ? "" : ", ") + name(id);
    return text;
  }

  std::string describe_process(std::uint32_t id) const {
    const std::string name = names_.process(id);
    if (!kernel_.process(id).ipc) return name + " has no IPC state\n";
    const kernel::ProcessIpc& ipc = *kernel_.process(id).ipc;
    std::string text = ipc.pool
                           ? name + " has a pool of " + std::to_string(ipc.pool->bytes()) + " bytes"
                           : name + " has no pool";
    if (ipc.ipc_thread) text += ", IPC thread " + names_.task(ipc.ipc_thread->id);
    if (!ipc.services.empty()) text += ", access to " + list(ipc.services, names_.task);
    if (const std::size_t count = ipc.delivered.size(); count > 0) {
      text += ", " + std::to_string(count) + (count == 1 ? " block" : " blocks") + " to give back";
    }
    return text + "\n";
  }

  std::string describe_task(std::uint32_t id) const {
    const kernel::Task& task = kernel_.task(id);
    std::string text = "  " + names_.task(id);
    if (!task.ipc) return text + " has no task IPC state\n";
    text += " has " + std::to_string(task.ipc->queue.size()) + " queued";
    bool is_first = true;
    for (const auto& message : task.ipc->queue) {
      text += std::string(is_first ? " (" : ", ") + type_name(message->header.type) + " from " +
              names_.task(message->sender.task.id);
      is_first = false;
    }
    if (!is_first) text += ")";
    if (!task.ipc->callers.empty()) text += ", callers " + list(task.ipc->callers, names_.process);
    if (task.wait) text += task.wait->awaited ? ", sleeps for a reply" : ", sleeps in a receive";
    return text + "\n";
  }

  const kernel::Kernel& kernel_;
  const IdNames& names_;
};

}  // namespace

std::string describe_kernel(const kernel::Kernel& kernel, const IdNames& names) {
  return Describer(kernel, names).describe();
}

}  // namespace touchstone
