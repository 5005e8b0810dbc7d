#include "conformance/cast.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace touchstone {

std::optional<TaskName> caller_of(const Operation& operation) {
  return std::visit(
      [](const auto& step) -> std::optional<TaskName> {
        if constexpr (requires { step.caller; }) {
          return step.caller;
        } else if constexpr (std::is_same_v<std::decay_t<decltype(step)>, Poll>) {
          return step.task;
        } else {
          return std::nullopt;
        }
      },
      operation);
}

Cast::Cast(const Program& program) {
  for (std::size_t step = 0; step < program.steps.size(); ++step) {
    const Operation& operation = program.steps[step].operation;
    if (const auto* spawn = std::get_if<Spawn>(&operation)) {
      add(spawn->task, spawn->process, true);
    } else if (const auto* fork = std::get_if<Fork>(&operation)) {
      add(fork->child_task, fork->child, true);
    } else if (const auto* thread = std::get_if<CreateThread>(&operation)) {
      add(thread->task, thread->process, false);
    } else if (const auto* exit_task = std::get_if<ExitTask>(&operation)) {
      end_task(exit_task->caller, step);
    } else if (const auto* exit_process = std::get_if<ExitProcess>(&operation)) {
      end_process(exit_process->process, step);
    } else if (const auto* exec_by = std::get_if<Exec>(&operation)) {
      exec(exec_by->caller, step);
    }
  }
}

void Cast::add(TaskName task, ProcessName process, bool is_main) {
  tasks_.insert_or_assign(std::to_underlying(task), Task{process, !is_main, is_main, false, {}});
}

void Cast::end_task(TaskName task, std::size_t step) {
  const auto found = tasks_.find(std::to_underlying(task));
  if (found == tasks_.end() || found->second.has_ended) return;
  if (found->second.is_main) return end_process(found->second.process, step);
  found->second.has_ended = true;
  found->second.ends.push_back(step);
}

void Cast::end_process(ProcessName process, std::size_t step) {
  for (auto& [name, task] : tasks_) {
    if (task.process != process || task.has_ended) continue;
    task.has_ended = true;
    task.ends.push_back(step);
  }
}

void Cast::exec(TaskName task, std::size_t step) {
  const auto found = tasks_.find(std::to_underlying(task));
  if (found == tasks_.end() || found->second.has_ended) return;
  end_process(found->second.process, step);
  found->second.has_ended = false;
  found->second.is_main = true;
}

std::optional<ProcessName> Cast::process_of(TaskName task) const {
  const auto found = tasks_.find(std::to_underlying(task));
  if (found == tasks_.end()) return std::nullopt;
  return found->second.process;
}

bool Cast::came_as_thread(TaskName task) const {
  const auto found = tasks_.find(std::to_underlying(task));
  return found != tasks_.end() && found->second.came_as_thread;
}

bool Cast::end_together(TaskName left, TaskName right) const {
  const auto left_task = tasks_.find(std::to_underlying(left));
  const auto right_task = tasks_.find(std::to_underlying(right));
  if (left_task == tasks_.end() || right_task == tasks_.end()) return false;
  return std::ranges::any_of(left_task->second.ends, [&](std::size_t step) {
    return std::ranges::find(right_task->second.ends, step) != right_task->second.ends.end();
  });
}

}  // namespace touchstone
