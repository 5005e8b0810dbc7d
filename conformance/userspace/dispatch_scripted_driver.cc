#include "conformance/userspace/dispatch_scripted_driver.h"

#include <utility>

namespace touchstone::userspace {
namespace {

dispatch::Incoming incoming(const PortMessage& message) {
  return {.buffer = message.number,
          .fields = {static_cast<kernel::MessageType>(message.type),
                     {message.target.handle, message.target.token, message.target.cookie},
                     message.code,
                     message.flag,
                     message.timestamp},
          .data = message.data,
          .offsets = {},
          .process_id = message.process,
          .task_id = message.task,
          .user_id = message.user,
          .group_id = message.group};
}

DriverCall call_of(const dispatch::Exchange& exchange) {
  DriverCall call{.kind = DriverCall::Kind::exchange};
  if (exchange.receives) call.flags |= kernel::flag_receive;
  if (exchange.given_back) {
    call.flags |= kernel::flag_buffer_free;
    call.given_back = static_cast<MessageNumber>(*exchange.given_back);
  }
  if (!exchange.send) return call;
  call.flags |= kernel::flag_send;
  const dispatch::Fields& fields = exchange.send->fields;
  call.sent = {.type = static_cast<PortMessageType>(fields.type),
               .target = {fields.target.handle, fields.target.token, fields.target.cookie},
               .code = fields.code,
               .flag = fields.flag,
               .timestamp = fields.timestamp,
               .data = {}};
  call.data_bytes = static_cast<std::uint32_t>(exchange.send->data.size());
  call.objects = static_cast<std::uint32_t>(exchange.send->offsets.size());
  return call;
}

}  // namespace

void ScriptedDriver::queue(dispatch::Thread thread, const PortMessage& message) {
  messages_[message.number] = incoming(message);
  queues_[thread].push_back(message.number);
}

const dispatch::Incoming* ScriptedDriver::message(MessageNumber number) const {
  const auto found = messages_.find(number);
  return found == messages_.end() ? nullptr : &found->second;
}

std::vector<DriverCall> ScriptedDriver::take_calls() { return std::exchange(calls_, {}); }

// The error that the next such call was told to give; 0: none.
std::int32_t ScriptedDriver::refusal(Refusable what) {
  const auto found = refusals_.find(what);
  if (found == refusals_.end()) return 0;
  const std::int32_t error = found->second;
  refusals_.erase(found);
  return error;
}

bool ScriptedDriver::open(dispatch::Thread) {
  calls_.push_back({.kind = DriverCall::Kind::open});
  return refusal(Refusable::open) == 0;
}

void ScriptedDriver::close(dispatch::Thread) {
  calls_.push_back({.kind = DriverCall::Kind::close});
}

bool ScriptedDriver::map(dispatch::Thread, std::uint32_t bytes) {
  calls_.push_back({.kind = DriverCall::Kind::map, .bytes = bytes});
  return refusal(Refusable::map) == 0;
}

dispatch::Answer ScriptedDriver::ioctl(const DriverCall& call, std::uint32_t value) {
  calls_.push_back(call);
  return {.error = refusal(Refusable::ioctl), .value = value};
}

dispatch::Answer ScriptedDriver::set_cms(dispatch::Thread, std::uint32_t message_bytes_max) {
  return ioctl({.kind = DriverCall::Kind::set_cms, .bytes = message_bytes_max}, 0);
}

dispatch::Answer ScriptedDriver::gen_handle(dispatch::Thread, std::uint32_t task) {
  const std::uint32_t handle = std::exchange(next_handle_, std::nullopt).value_or(task);
  return ioctl({.kind = DriverCall::Kind::gen_handle, .task = task}, handle);
}

dispatch::Answer ScriptedDriver::add_access(dispatch::Thread, std::uint32_t task,
                                            std::uint32_t service) {
  return ioctl({.kind = DriverCall::Kind::add_access, .task = task, .service = service}, 0);
}

dispatch::Answer ScriptedDriver::set_ipc_thread(dispatch::Thread) {
  calls_.push_back({.kind = DriverCall::Kind::set_ipc_thread});
  return {.error = refusal(Refusable::set_ipc_thread), .value = ipc_thread_handle};
}

dispatch::Answer ScriptedDriver::exchange(dispatch::Thread caller,
                                          const dispatch::Exchange& exchange) {
  if (!exchange.send && !exchange.given_back) return receive(caller);
  dispatch::Answer answer = ioctl(call_of(exchange), 0);
  if (answer.error != 0 || !exchange.receives) return answer;
  PortMessage reply = std::exchange(next_reply_, std::nullopt)
                          .value_or(PortMessage{.type = PortMessageType::reply});
  if (reply.number == 0) reply.number = ++last_reply_;
  messages_[reply.number] = incoming(reply);
  answer.received = messages_[reply.number];
  return answer;
}

dispatch::Answer ScriptedDriver::receive(dispatch::Thread caller) {
  const std::int32_t error = refusal(Refusable::receive);
  if (error != 0) return {.error = error};
  std::deque<MessageNumber>& queue = queues_[caller];
  if (queue.empty()) return {.sleeps = true};
  const MessageNumber number = queue.front();
  queue.pop_front();
  return {.received = messages_[number]};
}

// Only receives sleep here.
dispatch::Answer ScriptedDriver::poll(dispatch::Thread caller) { return receive(caller); }

std::optional<dispatch::Thread> ScriptedDriver::start_thread() {
  calls_.push_back({.kind = DriverCall::Kind::start_thread});
  if (refusal(Refusable::start_thread) != 0) return std::nullopt;
  return ++last_thread_;
}

}  // namespace touchstone::userspace
