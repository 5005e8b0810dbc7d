// Laws that hold between any two calls, of all tasks and processes that there ever were.  Checked
// after every step in tests.
#include <algorithm>

#include "reference/kernel/kernel.h"

namespace touchstone::kernel {
namespace {

// The blocks that a message holds while it is queued: its own and those of its buffers.
void add_blocks(const Message& message, std::vector<PoolOffset>& blocks) {
  blocks.push_back(message.block);
  for (const ObjectEffect& effect : message.effects) {
    if (effect.kind == ObjectEffect::Kind::buffer) blocks.push_back(effect.value);
  }
}

}  // namespace

std::optional<std::string> Kernel::broken_invariant() const {
  std::vector<std::vector<PoolOffset>> owned(next_process_);  // blocks in use, by process
  std::vector<std::set<TaskId>> callees(next_process_);       // tasks that let the process in
  for (TaskId id = first_user_task; id < next_task_; ++id) {
    const Task& task = tasks_[id];
    if (!task.alive && (task.ipc || task.wait)) return "a task that ended has a queue or sleeps";
    if (!task.ipc) continue;
    if (task.wait && !task.ipc->queue.empty()) return "a task sleeps over a queued message";
    for (const auto& message : task.ipc->queue) {
      if (message->target.id != id) return "a message is in another task's queue";
      add_blocks(*message, owned[task.process]);
    }
    for (const ProcessId caller : task.ipc->callers) callees[caller].insert(id);
  }
  for (ProcessId id = first_user_process; id < next_process_; ++id) {
    const std::optional<ProcessIpc>& ipc = processes_[id].ipc;
    if (!processes_[id].alive && ipc) return "a process that ended has IPC state";
    if (callees[id] != (ipc ? ipc->services : std::set<TaskId>()))
      return "access is in one table only";
    std::vector<PoolOffset>& blocks = owned[id];
    if (ipc) {
      for (const auto& [block, message] : ipc->delivered) {
        if (message && message->block != block) return "a delivered message is not where it lies";
        blocks.push_back(block);
      }
    }
    if (!ipc || !ipc->pool) {
      if (!blocks.empty()) return "a block is owned in a process without a pool";
      continue;
    }
    std::ranges::sort(blocks);
    if (std::ranges::adjacent_find(blocks) != blocks.end()) return "a block has two owners";
    for (const PoolOffset block : blocks) {
      if (!ipc->pool->is_block(block)) return "an owned block is not in use";
    }
    if (!ipc->pool->is_consistent(blocks.size())) return "a byte of the pool has no owner, or two";
  }
  return std::nullopt;
}

}  // namespace touchstone::kernel
