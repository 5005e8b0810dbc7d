#include "conformance/generator/cast_of_plan.h"

#include <algorithm>

namespace touchstone {

PlannedTask& CastOfPlan::add_process(ProcessName process, TaskName task) {
  processes.push_back({.name = process, .has_ended = false, .received = {}});
  return add_task(process, task, true);
}

PlannedTask& CastOfPlan::add_task(ProcessName process, TaskName task, bool is_main) {
  return tasks.emplace_back(PlannedTask{.name = task, .process = process, .is_main = is_main});
}

PlannedTask* CastOfPlan::find(TaskName name) {
  const auto at = std::ranges::find(tasks, name, &PlannedTask::name);
  return at == tasks.end() ? nullptr : &*at;
}

PlannedProcess* CastOfPlan::find(ProcessName name) {
  const auto at = std::ranges::find(processes, name, &PlannedProcess::name);
  return at == processes.end() ? nullptr : &*at;
}

PlannedTask* CastOfPlan::living_task(std::uint32_t choice) {
  std::vector<PlannedTask*> living;
  for (PlannedTask& task : tasks) {
    if (!task.has_ended) living.push_back(&task);
  }
  return living.empty() ? nullptr : living[choice % living.size()];
}

PlannedProcess* CastOfPlan::living_process(std::uint32_t choice) {
  std::vector<PlannedProcess*> living;
  for (PlannedProcess& process : processes) {
    if (!process.has_ended) living.push_back(&process);
  }
  return living.empty() ? nullptr : living[choice % living.size()];
}

PlannedMessage* CastOfPlan::held_message(std::uint32_t choice, bool is_request) {
  std::vector<PlannedMessage*> held;
  for (auto message = messages.rbegin(); message != messages.rend(); ++message) {
    const PlannedProcess* owner = find(message->owner);
    if (message->was_given_back || owner == nullptr || owner->has_ended) continue;
    if (!is_request || message->type == 0) held.push_back(&*message);
  }
  return held.empty() ? nullptr : held[choice % held.size()];
}

PlannedMessage* CastOfPlan::any_message(std::uint32_t choice) {
  if (messages.empty()) return nullptr;
  return &messages[messages.size() - 1 - choice % messages.size()];
}

TaskValue CastOfPlan::task_value(std::uint32_t choice) const {
  if (tasks.empty()) return {};
  return {TaskValue::Kind::task, static_cast<std::uint32_t>(tasks[choice % tasks.size()].name)};
}

void CastOfPlan::end_task(TaskName name) {
  PlannedTask* task = find(name);
  if (task->is_main) return end_process(task->process);
  task->has_ended = true;
}

void CastOfPlan::end_process(ProcessName name) {
  find(name)->has_ended = true;
  for (PlannedTask& task : tasks) {
    if (task.process == name) task.has_ended = true;
  }
}

void CastOfPlan::exec(TaskName name) {
  const ProcessName process = find(name)->process;
  for (PlannedTask& task : tasks) {
    if (task.process != process) continue;
    task.has_ended = task.has_ended || task.name != name;
    task.is_main = task.name == name;
  }
}

void CastOfPlan::something_happened() {
  for (PlannedTask& task : tasks) task.may_be_awake = true;
}

void CastOfPlan::note_received(MessageName name, ProcessName owner,
                               const ReceivedMessage& message) {
  PlannedMessage noted;
  noted.name = name;
  noted.owner = owner;
  noted.type = message.type;
  noted.from = message.from_task;
  noted.has_data = !message.data.empty();
  for (const ReceivedObject& object : message.objects) {
    if (object.kind == ObjectKind::ptr) ++noted.buffers;
    if (object.kind == ObjectKind::fd) find(owner)->received.push_back(object.descriptor);
  }
  messages.push_back(noted);
}

}  // namespace touchstone
