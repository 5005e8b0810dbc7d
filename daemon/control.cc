#include "daemon/control.h"

#include <nlohmann/json.hpp>

namespace touchstone::daemon {
namespace {

using Json = nlohmann::ordered_json;

Json status(const Broker& broker) {
  const auto& cms = broker.kernel().cms();
  std::size_t tasks = 0, pool_bytes = 0, queued = 0, sleeping = 0;
  for (const auto& [pid, process] : broker.processes()) {
    const auto& ipc = broker.kernel().process(process.id).ipc;
    if (ipc && ipc->pool) pool_bytes += ipc->pool->bytes();
    for (const auto& [thread, task] : process.tasks) {
      ++tasks;
      if (broker.waits(task)) ++sleeping;
      if (const auto& task_ipc = broker.kernel().task(task).ipc) queued += task_ipc->queue.size();
    }
  }
  return {{"processes", broker.processes().size()},
          {"tasks", tasks},
          {"sleeping", sleeping},
          {"queued", queued},
          {"pool_bytes", pool_bytes},
          {"descriptors", broker.world().file_count()},
          {"cms", cms ? Json(cms->task.id) : Json()},
          {"pointer_bytes", broker.data_model() == kernel::DataModel::ilp32 ? 4 : 8},
          {"task_limit", broker.limits().tasks},
          {"process_limit", broker.limits().processes}};
}

Json task_of(const Broker& broker, pid_t thread, kernel::TaskId id) {
  const kernel::Task& task = broker.kernel().task(id);
  Json queue = Json::array();
  if (task.ipc) {
    for (const auto& message : task.ipc->queue) {
      queue.push_back({{"from", message->sender.task.id}, {"bytes", message->header.data_bytes}});
    }
  }
  const bool is_for_reply = task.wait && task.wait->awaited;
  const char* const state = is_for_reply       ? "waits for a reply"
                            : broker.waits(id) ? "waits"
                                               : "runs";
  return {{"task", id}, {"thread", thread}, {"state", state}, {"queue", queue}};
}

Json clients(const Broker& broker) {
  Json all = Json::array();
  for (const auto& [pid, process] : broker.processes()) {
    Json tasks = Json::array();
    for (const auto& [thread, task] : process.tasks) tasks.push_back(task_of(broker, thread, task));
    const auto& ipc = broker.kernel().process(process.id).ipc;
    Json one = {{"pid", pid},
                {"process", process.id},
                {"uid", process.peer.uid},
                {"gid", process.peer.gid},
                {"pool_bytes", ipc && ipc->pool ? ipc->pool->bytes() : 0},
                {"buffers", ipc ? ipc->delivered.size() : 0},
                {"ipc_thread", ipc && ipc->ipc_thread ? Json(ipc->ipc_thread->id) : Json()},
                {"access", ipc ? Json(ipc->services) : Json::array()},
                {"tasks", tasks}};
    all.push_back(std::move(one));
  }
  return all;
}

Json services(const Broker& broker) {
  Json all = Json::array();
  for (const auto& [pid, process] : broker.processes()) {
    for (const auto& [thread, task] : process.tasks) {
      const auto& ipc = broker.kernel().task(task).ipc;
      if (!ipc) continue;
      all.push_back(
          {{"task", task}, {"pid", pid}, {"callers", ipc->callers}, {"queued", ipc->queue.size()}});
    }
  }
  return all;
}

}  // namespace

std::string answer_control(std::string_view question, const Broker& broker) {
  if (question == "status") return status(broker).dump();
  if (question == "clients") return clients(broker).dump();
  if (question == "services") return services(broker).dump();
  return Json{{"error", "expected status, clients, services or trace"}}.dump();
}

}  // namespace touchstone::daemon
