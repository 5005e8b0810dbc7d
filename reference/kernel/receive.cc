// Receiving: what a task takes from its queue, and how long it sleeps for it.  Spec 6.
#include <array>

#include "reference/kernel/kernel.h"

namespace touchstone::kernel {
namespace {

// What a receive does with the message at the head of the queue.
enum class Meeting : std::uint8_t { take, fail, throw_away };

Meeting meet(const Header& header, const Wait& wait) {
  if (header.type == death_notify) return Meeting::take;  // RCV-12
  if (!wait.awaited) return header.type == request ? Meeting::take : Meeting::throw_away;
  if (header.type == request || header.timestamp != *wait.awaited) return Meeting::throw_away;
  return header.type == reply ? Meeting::take : Meeting::fail;
}

}  // namespace

Result<Answer> Kernel::take_or_sleep(TaskId caller, Wait wait) {
  const char* clause = wait.awaited ? "RCV-6" : "RCV-5";
  auto& queue = tasks_[caller].ipc->queue;  // RCV-2
  while (!queue.empty()) {
    const Header& header = queue.front()->header;
    const Meeting meeting = meet(header, wait);
    if (meeting == Meeting::take) return deliver(caller, wait);
    clause = !wait.awaited ? "RCV-4" : header.type == request ? "RCV-8" : "RCV-9";
    throw_away_first(caller);
    if (meeting == Meeting::fail) return refuse(Errno::not_found, "RCV-11");
  }
  // Each sleep has its whole time, also one after a message was thrown away (RCV-10, RCV-13).
  if (wait.awaited) wait.deadline = world_.read_clock() + reply_time_limit_ns;
  tasks_[caller].wait = wait;
  return Answer{.blocked = true, .clause = clause};
}

Result<Answer> Kernel::deliver(TaskId caller, const Wait& wait) {
  const ProcessId process = process_of(caller);
  auto& queue = tasks_[caller].ipc->queue;
  std::array<std::byte, 8> pointer;
  store_pointer(abi_, pointer, 0, pool_address(process) + queue.front()->block);  // RCV-17
  if (!world_.write_user(process, wait.argument + abi_.in_message,
                         std::span(pointer).first(abi_.pointer_bytes))) {
    return refuse(Errno::bad_address, "RCV-16");
  }
  std::unique_ptr<Message> message = std::move(queue.front());
  queue.pop_front();
  auto& delivered = processes_[process].ipc->delivered;  // RCV-14
  for (const ObjectEffect& effect : message->effects) {
    if (effect.kind == ObjectEffect::Kind::buffer) delivered.emplace(effect.value, nullptr);
  }
  const bool is_notice = message->header.type == death_notify;
  delivered.emplace(message->block, std::move(message));
  return Answer{.clause = !wait.awaited ? "RCV-3" : is_notice ? "RCV-12" : "RCV-6"};
}

void Kernel::throw_away_first(TaskId task) {
  auto& queue = tasks_[task].ipc->queue;
  undo(*queue.front());
  pool_of(task).release(queue.front()->block);
  queue.pop_front();
}

// Tasks woken by the call that is ending go on, in wake order.
void Kernel::run_woken() {
  for (std::size_t i = 0; i < woken_.size(); ++i) {
    if (!sleeps(woken_[i])) continue;  // woken twice, or ended since
    const Wait wait = *tasks_[woken_[i]].wait;
    tasks_[woken_[i]].wait.reset();
    finish(woken_[i], take_or_sleep(woken_[i], wait));
  }
  woken_.clear();
}

// A time-out touches its own task only, so the order of several cannot be seen (RCV-18).
void Kernel::wake_expired() {
  const std::uint64_t now = world_.read_clock();
  for (TaskId id = 0; id < tasks_.size(); ++id) {
    if (!sleeps(id) || !tasks_[id].wait->awaited || tasks_[id].wait->deadline > now) continue;
    tasks_[id].wait.reset();
    finish(id, refuse(Errno::timed_out, "RCV-7"));
  }
}

}  // namespace touchstone::kernel
