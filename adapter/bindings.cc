#include "adapter/bindings.h"

#include <algorithm>

namespace touchstone {

TaskBinding* Bindings::find(TaskName name) {
  const auto at = std::ranges::find(tasks_, name, &TaskBinding::name);
  return at == tasks_.end() ? nullptr : &*at;
}

ProcessBinding* Bindings::find(ProcessName name) {
  const auto at = std::ranges::find(processes_, name, &ProcessBinding::name);
  return at == processes_.end() ? nullptr : &*at;
}

TaskBinding& Bindings::add(const TaskBinding& task) { return tasks_.emplace_back(task); }

ProcessBinding& Bindings::add(const ProcessBinding& process) {
  return processes_.emplace_back(process);
}

TaskValue Bindings::task_value(std::uint32_t id) const {
  for (auto task = tasks_.rbegin(); task != tasks_.rend(); ++task) {
    if (task->id == id) return {TaskValue::Kind::task, static_cast<std::uint32_t>(task->name)};
  }
  return {TaskValue::Kind::number, id};
}

TaskValue Bindings::process_value(std::uint32_t id) const {
  for (auto process = processes_.rbegin(); process != processes_.rend(); ++process) {
    if (process->id == id) {
      return {TaskValue::Kind::task, static_cast<std::uint32_t>(process->name)};
    }
  }
  return {TaskValue::Kind::number, id};
}

MessageBinding* Bindings::find(MessageName name) {
  const auto index = static_cast<std::size_t>(name);
  if (index >= messages_.size() || !messages_[index].bound) return nullptr;
  return &messages_[index];
}

void Bindings::bind(MessageName name, MessageBinding message) {
  const auto index = static_cast<std::size_t>(name);
  if (index >= messages_.size()) return;  // received where no name was expected
  message.bound = true;
  messages_[index] = std::move(message);
}

std::optional<std::uint32_t> Bindings::descriptor(ProcessName process, DescriptorName name) const {
  for (auto at = descriptors_.rbegin(); at != descriptors_.rend(); ++at) {
    if (at->process == process && at->name == name) return at->number;
  }
  return std::nullopt;
}

void Bindings::bind(ProcessName process, DescriptorName name, std::uint32_t number) {
  descriptors_.push_back({process, name, number});
}

void Bindings::inherit_descriptors(ProcessName parent, ProcessName child) {
  const std::size_t count = descriptors_.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (descriptors_[i].process != parent) continue;
    descriptors_.push_back({child, descriptors_[i].name, descriptors_[i].number});
  }
}

FileOrigin Bindings::origin_of(std::uint64_t file, FileOrigin name) {
  for (const auto& [known, origin] : files_) {
    if (known == file) return origin;
  }
  files_.emplace_back(file, name);
  return name;
}

TimeName Bindings::time_name(std::uint64_t timestamp) {
  const auto at = std::ranges::find(times_, timestamp);
  const auto index = static_cast<std::uint32_t>(at - times_.begin());
  if (at == times_.end()) times_.push_back(timestamp);
  return TimeName{index + 1};
}

}  // namespace touchstone
