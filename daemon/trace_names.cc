#include "daemon/trace_names.h"

#include <algorithm>
#include <string>

namespace touchstone::daemon {
namespace {

// A case has so many names for descriptors that were not received.
constexpr std::uint32_t own_descriptors_max = 100;

// A reply has its request's timestamp, and comes within LIM-4: older ones do not come again.
constexpr std::uint64_t time_is_known_ns = 12 * kernel::reply_time_limit_ns;

}  // namespace

TraceNames::TraceNames(const kernel::Kernel& kernel, std::uint32_t task_limit,
                       std::uint32_t process_limit)
    : kernel_(kernel),
      task_limit_(task_limit),
      process_limit_(process_limit),
      tasks_(task_limit),
      homes_(task_limit),
      processes_(process_limit) {
  for (kernel::TaskId id = 0; id < task_limit; ++id) {
    if (!kernel.is_alive(id)) continue;
    process_came(kernel.process_of(id));
    task_came(id);
  }
}

void TraceNames::task_came(kernel::TaskId id) {
  tasks_[id] = true;
  homes_[id] = process(kernel_.process_of(id));
}
void TraceNames::process_came(kernel::ProcessId id) { processes_[id] = true; }

void TraceNames::process_ended(kernel::ProcessId id) {
  for (auto at = blocks_.lower_bound({id, 0}); at != blocks_.end() && at->first.first == id;) {
    drop(at++);
  }
  std::erase_if(descriptors_, [id](const auto& entry) { return entry.first.first == id; });
  own_descriptors_.erase(id);
}

TaskName TraceNames::task(kernel::TaskId id) const {
  return TaskName{id + (kernel_.task(id).generation - 1) * task_limit_};
}

ProcessName TraceNames::process(kernel::ProcessId id) const {
  return ProcessName{id + (kernel_.process(id).generation - 1) * process_limit_};
}

TaskValue TraceNames::task_value(std::uint32_t id) const {
  if (id >= tasks_.size() || !tasks_[id]) return {TaskValue::Kind::number, id};
  return {TaskValue::Kind::task, static_cast<std::uint32_t>(task(id))};
}

TaskValue TraceNames::process_value(std::uint32_t id) const {
  if (id >= processes_.size() || !processes_[id]) return {TaskValue::Kind::number, id};
  return {TaskValue::Kind::task, static_cast<std::uint32_t>(process(id))};
}

bool TraceNames::is_ambiguous(const kernel::Sender& sender) const {
  const kernel::TaskId id = sender.task.id;
  if (!tasks_[id]) return false;
  return kernel_.task(id).generation != sender.task.generation ||
         homes_[id] != process(sender.process);
}

MessageName TraceNames::new_message() {
  if (free_messages_.empty()) {
    free_messages_.push_back(MessageName{static_cast<std::uint32_t>(messages_.size())});
    messages_.emplace_back();
    program_.message_names.emplace_back();
  }
  const MessageName name = free_messages_.back();
  free_messages_.pop_back();
  program_.message_names[static_cast<std::size_t>(name)] = "m" + std::to_string(++messages_named_);
  return name;
}

MessageName TraceNames::deliver(kernel::ProcessId process, const Received& message) {
  const MessageName name = new_message();
  messages_[static_cast<std::size_t>(name)] = {1 + message.buffers.size(), message.data,
                                               message.timestamp};
  blocks_[{process, message.address}] = {name, std::nullopt};
  for (std::uint32_t i = 0; i < message.buffers.size(); ++i) {
    blocks_[{process, message.buffers[i]}] = {name, i};
  }
  return name;
}

std::optional<TraceBlock> TraceNames::find(kernel::ProcessId process, kernel::Address block) const {
  const auto found = blocks_.find({process, block});
  if (found == blocks_.end()) return std::nullopt;
  return found->second;
}

std::optional<MessageName> TraceNames::with_data(kernel::ProcessId process,
                                                 kernel::Address data) const {
  const auto found = std::ranges::find_if(blocks_, [&](const auto& entry) {
    const auto message = static_cast<std::size_t>(entry.second.message);
    return entry.first.first == process && messages_[message].data == data;
  });
  if (data == 0 || found == blocks_.end()) return std::nullopt;
  return found->second.message;
}

std::uint64_t TraceNames::timestamp_of(MessageName message) const {
  return messages_[static_cast<std::size_t>(message)].timestamp;
}

void TraceNames::give_back(kernel::ProcessId process, kernel::Address block) {
  const auto found = blocks_.find({process, block});
  if (found != blocks_.end()) drop(found);
}

void TraceNames::drop(std::map<Place, TraceBlock>::iterator block) {
  const MessageName name = block->second.message;
  blocks_.erase(block);
  if (--messages_[static_cast<std::size_t>(name)].blocks == 0) free_messages_.push_back(name);
}

// Which file it is does not show in a case; that there is one does.
DescriptorName TraceNames::descriptor(kernel::ProcessId process, std::uint32_t number) {
  const auto known = descriptors_.find({process, number});
  if (known != descriptors_.end()) return known->second;
  const DescriptorName name{own_descriptors_[process]++ % own_descriptors_max + 1};
  descriptors_[{process, number}] = name;
  return name;
}

void TraceNames::place(kernel::ProcessId process, DescriptorName name, std::uint32_t number) {
  descriptors_[{process, number}] = name;
}

TimeName TraceNames::time(std::uint64_t timestamp) {
  const auto known = times_.find(timestamp);
  if (known != times_.end()) return known->second;
  const std::uint64_t oldest = timestamp - std::min(timestamp, time_is_known_ns);
  times_.erase(times_.begin(), times_.lower_bound(oldest));
  return times_[timestamp] = TimeName{++times_named_};
}

}  // namespace touchstone::daemon
