// cast_of_plan.h: what the writer of a Program remembers of it: tasks, processes, received messages
// and descriptors by their names.  A guess at the state where it matters little: who may be awake.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "adapter/operation.h"
#include "adapter/outcome.h"
#include "conformance/generator/plan.h"

namespace touchstone {

struct PlannedTask {
  TaskName name{};
  ProcessName process{};
  bool is_main = false;
  bool has_ended = false;
  bool sleeps = false;        // when last looked at
  bool may_be_awake = false;  // something happened since that may have woken it
};

struct PlannedProcess {
  ProcessName name{};
  bool has_ended = false;
  std::vector<DescriptorName> received;
};

struct PlannedMessage {
  MessageName name = unnamed_message;
  ProcessName owner{};
  std::uint32_t type = 0;
  TaskValue from;
  std::uint32_t buffers = 0;
  bool has_data = false;
  bool was_given_back = false;
};

class CastOfPlan {
 public:
  PlannedTask& add_process(ProcessName process, TaskName task);
  PlannedTask& add_task(ProcessName process, TaskName task, bool is_main);
  // A name is used up also where nothing comes of it: a case makes each only once.
  TaskName next_task() { return TaskName{++task_names_}; }
  ProcessName next_process() { return ProcessName{++process_names_}; }

  // Null if there is none.
  PlannedTask* find(TaskName name);
  PlannedProcess* find(ProcessName name);
  PlannedTask* living_task(std::uint32_t choice);
  PlannedProcess* living_process(std::uint32_t choice);
  // The latest message but `choice` that was not given back, only requests if so wanted.
  PlannedMessage* held_message(std::uint32_t choice, bool is_request);
  PlannedMessage* any_message(std::uint32_t choice);

  // Any task that there ever was, by name.
  TaskValue task_value(std::uint32_t choice) const;

  void end_task(TaskName name);
  void end_process(ProcessName name);
  void exec(TaskName name);
  void something_happened();
  void note_received(MessageName name, ProcessName owner, const ReceivedMessage& message);

  std::vector<PlannedTask> tasks;
  std::vector<PlannedProcess> processes;
  std::vector<PlannedMessage> messages;
  std::optional<TaskName> cms;

 private:
  std::uint32_t task_names_ = 0;
  std::uint32_t process_names_ = 0;
};

}  // namespace touchstone
