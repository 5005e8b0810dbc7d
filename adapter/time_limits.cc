#include "adapter/time_limits.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

namespace touchstone {
namespace {

constexpr std::uint64_t limit_ms = 5000;  // LIM-4

bool expects_timeout(const Step& step) {
  return std::ranges::any_of(step.expected, [](const Outcome& outcome) {
    return outcome.kind == Outcome::Kind::error && errno_name(outcome.value) == "ETIME";
  });
}

bool may_sleep(const Step& step) {
  return step.expected.empty() || std::ranges::any_of(step.expected, [](const Outcome& outcome) {
           return outcome.kind == Outcome::Kind::blocked;
         });
}

const SendReceive* sending(const Step& step) {
  const auto* const call = std::get_if<SendReceive>(&step.operation);
  return call != nullptr && (call->flags & flag_send) != 0 ? call : nullptr;
}

bool is_reply(const SendReceive& call) {
  return call.message && (call.message->type == std::to_underlying(MessageType::reply) ||
                          call.message->type == std::to_underlying(MessageType::failed_reply));
}

const ReceivedMessage* received_in(const Step& step, MessageName name) {
  for (const Outcome& outcome : step.expected) {
    const bool is_message = outcome.kind == Outcome::Kind::message;
    if (is_message && outcome.message.name == name) return &outcome.message;
  }
  return nullptr;
}

class Clock {
 public:
  Clock(const Program& program, std::size_t advance) : steps_(program.steps), advance_(advance) {
    for (const Step& step : steps_) {
      passed_ms_.push_back(now_ms_);
      const auto* const more = std::get_if<Advance>(&step.operation);
      if (more != nullptr) now_ms_ += more->milliseconds;
    }
    now_ms_ = passed_ms_[advance] + std::get<Advance>(steps_[advance].operation).milliseconds;
  }

  TimeLimits limits() {
    for (std::size_t index = advance_ + 1; index < steps_.size(); ++index) {
      const Step& step = steps_[index];
      const auto* const more = std::get_if<Advance>(&step.operation);
      if (more != nullptr && more->milliseconds > 0) break;
      if (may_sleep(step)) ++limits_.sleeps;
      if (const auto* const poll = std::get_if<Poll>(&step.operation)) {
        look_at_sleeper(poll->task, expects_timeout(step));
      } else if (const SendReceive* const call = sending(step); call != nullptr) {
        const bool is_late = expects_timeout(step);
        const std::size_t request = is_reply(*call) ? request_of(*call, index) : index;
        if (request < advance_) look_from(request, is_late, is_late ? 1 : 0);
      }
    }
    return limits_;
  }

 private:
  // The step that sent what a reply names; where that cannot be told, the first one.
  std::size_t request_of(const SendReceive& reply, std::size_t index) const {
    const TimeValue& time = reply.message->time;
    const MessageName name =
        time.kind == TimeValue::Kind::message ? time.message : reply.free.message;
    const ReceivedMessage* received = nullptr;
    while (index-- > 0) {
      const SendReceive* const call = sending(steps_[index]);
      if (received == nullptr) {
        received = received_in(steps_[index], name);
      } else if (call != nullptr && call->message && call->message->code == received->code &&
                 std::to_underlying(call->caller) == received->from_task.value) {
        return index;
      }
    }
    return 0;
  }

  // A call that waits for its reply; a message that it throws away makes it wait anew (RCV-10).
  void look_at_sleeper(TaskName task, bool is_over) {
    for (std::size_t index = advance_; index-- > 0;) {
      const auto* const call = std::get_if<SendReceive>(&steps_[index].operation);
      if (call == nullptr || call->caller != task) continue;
      const bool waits_for_reply =
          (call->flags & flag_send) != 0 && (call->flags & flag_receive) != 0;
      if (waits_for_reply) look_from(index, is_over, 1);
      return;
    }
  }

  // Of the messages sent from a step on, the one that decides; `at_limit` is 1 where what takes
  // just as long is over.
  void look_from(std::size_t first, bool is_over, std::uint64_t at_limit) {
    for (std::size_t index = first; index < advance_; ++index) {
      if (sending(steps_[index]) == nullptr) continue;
      const bool is_past = passed_ms_[index] + limit_ms < now_ms_ + at_limit;
      const std::size_t number = index + 1;
      if (is_over && is_past) limits_.over = std::max(limits_.over, number);
      if (is_over || is_past) continue;
      if (limits_.not_over == 0 || number < limits_.not_over) limits_.not_over = number;
      return;
    }
  }

  const std::vector<Step>& steps_;
  const std::size_t advance_;
  std::vector<std::uint64_t> passed_ms_;  // before each step
  std::uint64_t now_ms_ = 0;              // after the advance
  TimeLimits limits_;
};

}  // namespace

TimeLimits time_limits(const Program& program, std::size_t index) {
  return Clock(program, index).limits();
}

}  // namespace touchstone
