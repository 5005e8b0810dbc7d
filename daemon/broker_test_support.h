// broker_test_support.h: for tests: calls of a broker by hand, with no socket.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <utility>

#include "daemon/broker.h"

namespace touchstone::daemon {

template <typename Structure>
std::span<const std::byte> bytes_of(const Structure& structure) {
  return std::as_bytes(std::span(&structure, 1));
}

// Whoever calls gets its answers.
class AnsweredByBroker : public testing::Test, public Answers {
 protected:
  explicit AnsweredByBroker(const Limits& limits = {})
      : broker_(kernel::DataModel::lp64, limits, *this) {}

  void answer(kernel::TaskId task, CallAnswer answer) override {
    answers_[task] = std::move(answer);
  }

  // Its value, or nothing if it sleeps.
  std::optional<std::int64_t> call(kernel::TaskId task, const IoctlRequest& request,
                                   std::span<const SharedFd> files = {}) {
    answers_.erase(task);
    broker_.ioctl(task, request, files);
    return value_of(task);
  }
  std::optional<std::int64_t> value_of(kernel::TaskId task) const {
    const auto found = answers_.find(task);
    if (found == answers_.end()) return std::nullopt;
    return found->second.value;
  }

  std::map<kernel::TaskId, CallAnswer> answers_;
  Broker broker_;
};

}  // namespace touchstone::daemon
