// Laws that hold between any two calls.  Checked after every step in tests.
#include <set>

#include "reference/kernel/kernel.h"

namespace touchstone::kernel {
namespace {

// The blocks that a message holds while it is queued: its own and those of its buffers.
void add_blocks(const Message& message, std::multiset<PoolOffset>& blocks) {
  blocks.insert(message.block);
  for (const ObjectEffect& effect : message.effects) {
    if (effect.kind == ObjectEffect::Kind::buffer) blocks.insert(effect.value);
  }
}

}  // namespace

std::optional<std::string> Kernel::broken_invariant() const {
  std::vector<std::multiset<PoolOffset>> owned(process_limit);  // blocks in use, by process
  for (TaskId id = 0; id < task_limit; ++id) {
    const Task& task = tasks_[id];
    if (!task.alive && (task.ipc || task.wait)) return "a task that ended has a queue or sleeps";
    if (!task.ipc) continue;
    if (task.wait && !task.ipc->queue.empty()) return "a task sleeps over a queued message";
    for (const auto& message : task.ipc->queue) {
      if (message->target.id != id) return "a message is in another task's queue";
      add_blocks(*message, owned[task.process]);
    }
    for (ProcessId caller = 0; caller < process_limit; ++caller) {
      const auto& ipc = processes_[caller].ipc;
      const bool is_service = ipc && ipc->services.test(id);
      if (task.ipc->callers.test(caller) != is_service) return "access is in one table only";
    }
  }
  for (ProcessId id = 0; id < process_limit; ++id) {
    const std::optional<ProcessIpc>& ipc = processes_[id].ipc;
    if (!processes_[id].alive && ipc) return "a process that ended has IPC state";
    for (TaskId service = 0; ipc && service < task_limit; ++service) {
      if (ipc->services.test(service) && !tasks_[service].ipc)
        return "access to a task without IPC";
    }
    if (ipc) {
      for (const auto& [block, message] : ipc->delivered) {
        if (message && message->block != block) return "a delivered message is not where it lies";
        owned[id].insert(block);
      }
    }
    if (!ipc || !ipc->pool) {
      if (!owned[id].empty()) return "a block is owned in a process without a pool";
      continue;
    }
    const std::set<PoolOffset> blocks(owned[id].begin(), owned[id].end());
    if (blocks.size() != owned[id].size()) return "a block has two owners";
    for (const PoolOffset block : blocks) {
      if (!ipc->pool->is_block(block)) return "an owned block is not in use";
    }
    if (!ipc->pool->is_consistent(blocks.size())) return "a byte of the pool has no owner, or two";
  }
  return std::nullopt;
}

}  // namespace touchstone::kernel
