// What becomes of a received message: handlers that are to run.  Spec 13.2 (StartLoop), 13.3, 13.4.
#include <utility>

#include "reference/userspace/client.h"

namespace touchstone::dispatch {

Result<void> Client::start_loop(Thread caller, std::optional<Function> handler,
                                std::uint64_t context) {
  if (!handler) return invalid();  // DSP-40
  if (const auto opened = require_open(caller); !opened) return opened;
  loops_[caller] = {handler, context, false};
  return {};
}

Step Client::step(Thread looper) {
  CHECK(loops_.contains(looper), "DSP-41");
  Loop& loop = loops_[looper];
  const Answer answer =
      loop.sleeps ? driver_.poll(looper) : driver_.exchange(looper, {.receives = true});
  loop.sleeps = answer.sleeps;
  if (answer.sleeps) return {};
  // The next step asks again: DSP-43, DSP-59.
  if (answer.error != 0 || !answer.received) return {.kind = Step::Kind::failed};

  Step step{.kind = Step::Kind::took_message};
  if (!loop.handler) {
    step.run = dispatch(looper, *answer.received);
  } else {
    step.run = start({Running::Kind::loop, looper, 0, {}}, *loop.handler, *answer.received);
    step.run->context = loop.context;  // DSP-41; the message is the handler's (DSP-42)
  }
  return step;
}

Run Client::start(const Running& running, const Function& function, const Incoming& message) {
  const RunId id{++runs_started_};
  running_[id] = running;
  return {id, running.thread, function, std::nullopt, message};
}

std::optional<Run> Client::dispatch(Thread looper, const Incoming& message) {
  switch (message.fields.type) {
    case kernel::request: return dispatch_request(looper, message);
    case kernel::death_notify: return dispatch_death(looper, message);
    default: refuse(looper, message); return std::nullopt;  // DSP-57
  }
}

std::optional<Run> Client::dispatch_request(Thread looper, const Incoming& message) {
  const auto found = callbacks_.find(message.fields.target.token);
  const std::optional<Thread> thread =
      found == callbacks_.end() ? std::nullopt : driver_.start_thread();  // DSP-54
  if (!thread) {
    refuse(looper, message);  // DSP-58
    return std::nullopt;
  }
  Callback& callback = found->second;
  const bool starts_anew = callback.mode == mode_reset_after_use && callback.over_at;
  if (starts_anew) callback.over_at = now_ + callback.timeout;  // DSP-68; not with ONCE (DSP-67)
  // DSP-52; from here on the message is the handler's (DSP-53).
  return start({Running::Kind::callback, *thread, 0, {}}, callback.function, message);
}

// Nobody will have this message: its sender is told if it waits (DSP-55), and not if it is one-way
// (DSP-56); a notice has no sender that waits (DSP-81).
void Client::refuse(Thread looper, const Incoming& message) {
  if (!message.takes_reply()) {
    give_back(looper, message.buffer);
    return;
  }
  Fields fields = message.fields;
  fields.type = kernel::failed_reply;
  fields.target = {message.task_id, 0, 0};
  driver_.exchange(looper, {.send = Outgoing{fields, {}, {}}, .given_back = message.buffer});
}

std::optional<Run> Client::dispatch_death(Thread looper, const Incoming& notice) {
  const auto death = deaths_.find(notice.fields.target.token);
  const bool is_awaited = death != deaths_.end() && !death->second.is_running;  // DSP-84
  const std::optional<Thread> thread = is_awaited ? driver_.start_thread() : std::nullopt;
  if (!thread) {
    refuse(looper, notice);
    return std::nullopt;
  }
  death->second.is_running = true;
  return run_death_callback({Running::Kind::death, *thread, 0, notice}, 0);
}

// DSP-78: in the order of their ids.  Those that came meanwhile too (DSP-83), if they stand behind
// the last one that ran (DSP-86).
std::optional<Run> Client::run_death_callback(Running running, std::uint32_t first_slot) {
  const auto death = deaths_.find(running.notice.fields.target.token);
  CHECK(death != deaths_.end() && death->second.is_running, "DSP-78");
  for (std::uint32_t slot = first_slot; slot < death_callbacks_max; ++slot) {
    const std::optional<Function>& function = death->second.slots[slot];
    if (!function) continue;
    running.slot = slot;
    return start(running, *function, running.notice);
  }
  deaths_.erase(death);                              // DSP-80
  give_back(running.thread, running.notice.buffer);  // DSP-79
  driver_.end_thread(running.thread);
  return std::nullopt;
}

std::optional<Run> Client::handler_returned(RunId run) {
  const auto found = running_.find(run);
  CHECK(found != running_.end(), "DSP-52");
  Running running = std::move(found->second);
  running_.erase(found);
  switch (running.kind) {
    case Running::Kind::loop: break;  // DSP-42
    case Running::Kind::callback: driver_.end_thread(running.thread); break;
    case Running::Kind::death: return run_death_callback(running, running.slot + 1);
  }
  return std::nullopt;
}

}  // namespace touchstone::dispatch
