// cast.h: who is who in a Program: which process a task belongs to, and which tasks end together.
// Read from the Operations alone, as they would go if each succeeds; knows no outcome.
#pragma once

#include <cstddef>
#include <optional>
#include <unordered_map>
#include <vector>

#include "adapter/program.h"

namespace touchstone {

class Cast {
 public:
  explicit Cast(const Program& program);

  std::optional<ProcessName> process_of(TaskName task) const;
  // Whether it came as a thread of a process that was there already.
  bool came_as_thread(TaskName task) const;

  // Whether one step ends both tasks, or both their services (exec ends that of its caller).
  bool end_together(TaskName left, TaskName right) const;

 private:
  struct Task {
    ProcessName process{};
    bool came_as_thread = false;
    bool is_main = false;
    bool has_ended = false;
    std::vector<std::size_t> ends;  // steps
  };

  void add(TaskName task, ProcessName process, bool is_main);
  void end_task(TaskName task, std::size_t step);
  void end_process(ProcessName process, std::size_t step);
  void exec(TaskName task, std::size_t step);

  std::unordered_map<std::uint32_t, Task> tasks_;
};

// The task that an Operation is made by, where one is.
std::optional<TaskName> caller_of(const Operation& operation);

}  // namespace touchstone
