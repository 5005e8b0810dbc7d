#include "daemon/trace_recorder.h"

#include <time.h>
#include <touchstone/lite_ipc_abi.h>

#include <algorithm>
#include <utility>

#include "adapter/case_text.h"
#include "daemon/trace_delivered.h"

namespace touchstone::daemon {
namespace {

std::uint64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1000000000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

Outcome value_outcome(std::int64_t value) {
  Outcome outcome;
  outcome.kind = value < 0 ? Outcome::Kind::error : Outcome::Kind::value;
  outcome.value = value < 0 ? -value : value;
  return outcome;
}

Outcome blocked() {
  Outcome outcome;
  outcome.kind = Outcome::Kind::blocked;
  return outcome;
}

}  // namespace

TraceRecorder::TraceRecorder(const Broker& broker, Tell tell)
    : broker_(broker),
      kernel_(broker.kernel()),
      abi_(kernel::abi_of(broker.data_model())),
      tell_(std::move(tell)),
      names_(kernel_, broker.limits().tasks, broker.limits().processes),
      calls_(broker.limits().tasks),
      unplaced_(broker.limits().tasks) {}

// --- what is told ---

std::string TraceRecorder::text(const Operation& operation) const {
  return print_operation(operation, names_.program());
}

void TraceRecorder::tell(kernel::TaskId task, const Operation& operation, std::int64_t value) {
  Call call;
  call.time_ns = now_ns();
  call.step = text(operation);
  tell(task, call, value_outcome(value));
}

void TraceRecorder::tell(kernel::TaskId task, const Call& call, const Outcome& outcome) {
  const Broker::Member& member = broker_.member(task);
  TraceLine line;
  line.time_ns = call.time_ns;
  line.process = member.pid;
  line.thread = member.thread;
  line.step = call.step;
  line.outcome = print_outcome(outcome, names_.program());
  line.unsayable = call.unsayable;
  tell_(line);
}

void TraceRecorder::refused(std::int32_t process, std::int32_t thread, const std::string& what) {
  TraceLine line;
  line.time_ns = now_ns();
  line.process = process;
  line.thread = thread;
  line.note = what;
  tell_(line);
}

void TraceRecorder::tell_residents() {
  for (const auto& [pid, process] : broker_.processes()) tell_resident(process.tasks.at(pid));
}

// It holds no message, and waits for one.
void TraceRecorder::tell_resident(kernel::TaskId task) {
  const kernel::Process& process = kernel_.process(kernel_.process_of(task));
  process_came(task);
  opened(task, 0);
  mapped(task, {process.ipc->pool->bytes(), 0, TOUCHSTONE_PROT_READ, TOUCHSTONE_MAP_PRIVATE}, 0);
  const auto& cms = kernel_.cms();
  if (cms && cms->task.id == task) {
    tell(task, SetCms{names_.task(task), cms->message_bytes_max}, 0);
  }
  if (!kernel_.sleeps(task)) return;
  SendReceive receive;
  receive.caller = names_.task(task);
  receive.flags = flag_receive;
  calls_[task] = call_of({receive, {}});
  call_sleeps(task);
}

// --- tasks and processes ---

void TraceRecorder::process_came(kernel::TaskId main_task) {
  const kernel::ProcessId id = kernel_.process_of(main_task);
  names_.process_came(id);
  names_.task_came(main_task);
  const kernel::Process& process = kernel_.process(id);
  tell(main_task, Spawn{names_.process(id), names_.task(main_task), process.user, process.group},
       0);
}

void TraceRecorder::thread_came(kernel::TaskId task) {
  names_.task_came(task);
  tell(task, CreateThread{names_.process(kernel_.process_of(task)), names_.task(task)}, 0);
}

void TraceRecorder::thread_ends(kernel::TaskId task) {
  tell(task, ExitTask{names_.task(task)}, 0);
  calls_[task].reset();
}

void TraceRecorder::process_ends(kernel::TaskId main_task) {
  const kernel::ProcessId id = kernel_.process_of(main_task);
  tell(main_task, ExitProcess{names_.process(id)}, 0);
  for (const auto& [pid, process] : broker_.processes()) {
    if (process.id != id) continue;
    for (const auto& [thread, task] : process.tasks) calls_[task].reset();
  }
  names_.process_ended(id);
}

// --- the device ---

void TraceRecorder::opened(kernel::TaskId task, std::int64_t value) {
  tell(task, Open{names_.task(task)}, value);
}

void TraceRecorder::mapped(kernel::TaskId task, const liteipcd_mmap& request, std::int64_t value) {
  constexpr std::uint32_t protection = protection_read | protection_write | protection_exec;
  const Mmap operation{names_.task(task), request.bytes, request.protection & protection,
                       request.flags & (map_shared | map_private)};
  if (value != -static_cast<std::int64_t>(kernel::Errno::out_of_memory)) {
    return tell(task, operation, value);
  }
  const Broker::Member& member = broker_.member(task);
  refused(member.pid, member.thread, text(operation) + ": there is no memory for a pool");
}

TraceRecorder::Call TraceRecorder::call_of(const CallStep& step) const {
  using Gives = Call::Gives;
  Call call;
  call.time_ns = now_ns();
  call.step = text(step.operation);
  call.unsayable = step.unsayable;
  if (const auto* said = std::get_if<SendReceive>(&step.operation)) {
    const bool is_read = said->argument.pointer == Pointer::valid;
    if (is_read && (said->flags & flag_receive) != 0) call.gives = Gives::message;
  } else if (const auto* command = std::get_if<CmsCommand>(&step.operation)) {
    const bool is_written = command->argument.pointer == Pointer::valid;
    if (is_written && command->command == cms_gen_handle) call.gives = Gives::handle;
  } else if (std::holds_alternative<SetIpcThread>(step.operation)) {
    call.gives = Gives::task;
  } else if (std::holds_alternative<GetVersion>(step.operation)) {
    call.gives = Gives::version;
  }
  return call;
}

void TraceRecorder::call_begins(const TracedCall& call) {
  const CallStep step = step_of(call, names_);
  calls_[call.task] = call_of(step);
  unplaced_[call.task].clear();
  if (step.given_back) names_.give_back(kernel_.process_of(call.task), *step.given_back);
}

void TraceRecorder::call_sleeps(kernel::TaskId task) {
  Call& call = *calls_[task];
  tell(task, call, blocked());
  call.has_slept = true;
}

void TraceRecorder::call_is_over(kernel::TaskId task, const Written& written) {
  auto call = std::exchange(calls_[task], std::nullopt);
  if (!call) {  // it slept before the trace began
    const bool has_message = written.count == abi_.pointer_bytes;
    call.emplace();
    call->gives = has_message ? Call::Gives::message : Call::Gives::value;
    call->has_slept = true;
  }
  if (call->has_slept) {
    call->time_ns = now_ns();
    call->step = text(Poll{names_.task(task)});
  }
  const Outcome outcome = outcome_of(task, *call, written);
  const bool is_bad_address =
      outcome.kind == Outcome::Kind::error &&
      outcome.value == static_cast<std::int64_t>(kernel::Errno::bad_address);
  if (call->has_slept && is_bad_address)
    call->unsayable = "its argument cannot be written any more";
  tell(task, *call, outcome);
}

Outcome TraceRecorder::outcome_of(kernel::TaskId task, Call& call, const Written& written) {
  using Gives = Call::Gives;
  const std::int64_t value = kernel_.last_call(task).value;
  Outcome outcome = value_outcome(value);
  if (value < 0) return outcome;
  if (call.gives == Gives::message) return message_of(task, call, written);
  if (call.gives == Gives::handle) {
    outcome.kind = Outcome::Kind::service;
    outcome.task = names_.task_value(kernel::load32(written.bytes, 8));
  } else if (call.gives == Gives::task) {
    outcome.kind = Outcome::Kind::task;
    outcome.task = names_.task_value(static_cast<std::uint32_t>(value));
  } else if (call.gives == Gives::version) {
    outcome.kind = Outcome::Kind::version;
    outcome.value = kernel::load32(written.bytes, 0);
  }
  return outcome;
}

Outcome TraceRecorder::message_of(kernel::TaskId task, Call& call, const Written& written) {
  const kernel::ProcessId process = kernel_.process_of(task);
  const kernel::ProcessIpc& ipc = *kernel_.process(process).ipc;
  const kernel::Address at = kernel::load_pointer(abi_, written.bytes, 0);
  const auto offset = static_cast<kernel::PoolOffset>(at - ipc.pool->address());
  const kernel::Message& message = *ipc.delivered.at(offset);
  Delivered delivered = delivered_message(abi_, kernel_, process, message, names_);
  unplaced_[task] = std::move(delivered.descriptors);
  if (delivered.sender_is_ambiguous) call.unsayable = "the id of the message's sender is another's";
  Outcome outcome;
  outcome.kind = Outcome::Kind::message;
  outcome.message = std::move(delivered.message);
  return outcome;
}

void TraceRecorder::placed(kernel::TaskId task, std::span<const std::uint32_t> places,
                           std::span<const std::uint32_t> numbers) {
  const kernel::ProcessId process = kernel_.process_of(task);
  for (const auto& [place, name] : unplaced_[task]) {
    const auto index = static_cast<std::size_t>(std::ranges::find(places, place) - places.begin());
    if (index < numbers.size()) names_.place(process, name, numbers[index]);
  }
}

}  // namespace touchstone::daemon
