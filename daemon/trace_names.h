// trace_names.h: what a trace calls the kernel's ids, addresses, descriptors and times: the names
// of a case.  A task is T<id>; later owners of its id are T<id + n * task_limit>, and so it is with
// processes.  Reads the kernel and changes nothing there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "adapter/program.h"
#include "reference/kernel/kernel.h"

namespace touchstone::daemon {

// A block of a pool that its process may give back.
struct TraceBlock {
  MessageName message{};
  std::optional<std::uint32_t> buffer;  // which of the message's buffers; none: the message itself
};

class TraceNames {
 public:
  TraceNames(const kernel::Kernel& kernel, std::uint32_t task_limit, std::uint32_t process_limit);

  // Ids of those who did not come while there was a trace stay numbers.
  void task_came(kernel::TaskId id);
  void process_came(kernel::ProcessId id);
  void process_ended(kernel::ProcessId id);
  TaskName task(kernel::TaskId id) const;
  ProcessName process(kernel::ProcessId id) const;
  TaskValue task_value(std::uint32_t id) const;
  TaskValue process_value(std::uint32_t id) const;
  // Their ids mean others by now.
  bool is_ambiguous(const kernel::Sender& sender) const;

  // A message that its process has been given.
  struct Received {
    kernel::Address address = 0;
    kernel::Address data = 0;
    std::uint64_t timestamp = 0;
    std::vector<kernel::Address> buffers;
  };
  MessageName deliver(kernel::ProcessId process, const Received& message);
  std::optional<TraceBlock> find(kernel::ProcessId process, kernel::Address block) const;
  std::optional<MessageName> with_data(kernel::ProcessId process, kernel::Address data) const;
  std::uint64_t timestamp_of(MessageName message) const;
  // The block is nobody's any more; a name lives as long as one of its message's blocks.
  void give_back(kernel::ProcessId process, kernel::Address block);

  // A descriptor of the process by its number: the name it was received under, else one of its own.
  DescriptorName descriptor(kernel::ProcessId process, std::uint32_t number);
  DescriptorName next_received() { return DescriptorName{next_received_++}; }
  void place(kernel::ProcessId process, DescriptorName name, std::uint32_t number);

  TimeName time(std::uint64_t timestamp);

  // What print_operation and print_outcome take message names from.
  const Program& program() const { return program_; }

 private:
  struct Message {
    std::size_t blocks = 0;  // that can still be given back
    kernel::Address data = 0;
    std::uint64_t timestamp = 0;
  };
  using Place = std::pair<kernel::ProcessId, kernel::Address>;

  MessageName new_message();
  void drop(std::map<Place, TraceBlock>::iterator block);

  const kernel::Kernel& kernel_;
  const std::uint32_t task_limit_;
  const std::uint32_t process_limit_;
  std::vector<bool> tasks_;         // by id: it has a name
  std::vector<ProcessName> homes_;  // by task id: its process
  std::vector<bool> processes_;
  std::map<Place, TraceBlock> blocks_;
  std::vector<Message> messages_;  // by MessageName
  std::vector<MessageName> free_messages_;
  std::uint64_t messages_named_ = 0;
  std::map<std::pair<kernel::ProcessId, std::uint32_t>, DescriptorName> descriptors_;
  std::map<kernel::ProcessId, std::uint32_t> own_descriptors_;  // how many were named
  std::uint32_t next_received_ = 101;
  std::map<std::uint64_t, TimeName> times_;
  std::uint32_t times_named_ = 0;
  Program program_;
};

}  // namespace touchstone::daemon
