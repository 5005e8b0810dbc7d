// bindings.h: what the names of a Program stand for while it runs: the backend's ids, addresses,
// descriptors and times.  A name of an ended task still means it; an id means its latest owner.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "adapter/backend.h"
#include "adapter/operation.h"
#include "adapter/outcome.h"

namespace touchstone {

struct MessageBinding {
  bool bound = false;
  std::uint64_t address = 0;
  std::uint64_t data = 0;  // 0 if there is none
  std::uint64_t timestamp = 0;
  std::vector<std::uint64_t> buffers;  // of the PTR objects, in their order
};

// A received message, and what a name for it would stand for.
struct DecodedMessage {
  ReceivedMessage message;
  MessageBinding binding;
};

struct TaskBinding {
  TaskName name{};
  ProcessName process{};
  std::uint32_t id = 0;
  Region scratch;
  bool ended = false;
  bool sleeps = false;                     // when last looked at
  bool has_called = false;                 // an ioctl was made
  bool receives = false;                   // the last ioctl was a receive
  bool gives_task = false;                 // what the last ioctl gave is the id of a task
  std::uint64_t argument = 0;              // of the last ioctl
  MessageName awaited = unnamed_message;   // what the message that comes back will be called
  std::optional<DecodedMessage> received;  // by the last ioctl
};

struct ProcessBinding {
  ProcessName name{};
  std::uint32_t id = 0;
  TaskName main_task{};
  bool ended = false;
  std::optional<Region> pool;
};

struct DescriptorBinding {
  ProcessName process{};
  DescriptorName name{};
  std::uint32_t number = 0;
};

class Bindings {
 public:
  explicit Bindings(std::size_t message_names) : messages_(message_names) {}

  TaskBinding* find(TaskName name);
  ProcessBinding* find(ProcessName name);
  TaskBinding& add(const TaskBinding& task);
  ProcessBinding& add(const ProcessBinding& process);
  std::vector<TaskBinding>& tasks() { return tasks_; }

  // A backend's id as a name: its latest owner's, else the number itself.
  TaskValue task_value(std::uint32_t id) const;
  TaskValue process_value(std::uint32_t id) const;

  MessageBinding* find(MessageName name);  // null if it was never received
  void bind(MessageName name, MessageBinding message);

  std::optional<std::uint32_t> descriptor(ProcessName process, DescriptorName name) const;
  void bind(ProcessName process, DescriptorName name, std::uint32_t number);
  void inherit_descriptors(ProcessName parent, ProcessName child);
  DescriptorName next_received() { return DescriptorName{next_received_++}; }
  // The first name that the open file had; the name given, if it is new.
  FileOrigin origin_of(std::uint64_t file, FileOrigin name);

  TimeName time_name(std::uint64_t timestamp);

 private:
  std::vector<TaskBinding> tasks_;  // in the order they were made; few, so searched one by one
  std::vector<ProcessBinding> processes_;
  std::vector<MessageBinding> messages_;
  std::vector<DescriptorBinding> descriptors_;
  std::vector<std::pair<std::uint64_t, FileOrigin>> files_;
  std::vector<std::uint64_t> times_;
  std::uint32_t next_received_ = 101;
};

}  // namespace touchstone
