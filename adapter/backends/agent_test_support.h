// agent_test_support.h: what the tests of the agent's harness side share: an agent in memory, which
// answers with bytes that a test makes, and what real agents are started with.  For tests only.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "adapter/abi.h"
#include "adapter/backends/agent_frames.h"
#include "adapter/backends/agent_session.h"
#include "adapter/backends/agent_stream.h"
#include "touchstone/plugin.h"

namespace touchstone {

using Bytes = std::vector<std::byte>;

inline Bytes bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text.data(), text.size()));
  return {bytes.begin(), bytes.end()};
}

inline Bytes payload(std::initializer_list<std::uint64_t> words, std::string_view text = "") {
  Bytes bytes(8 * words.size());
  std::size_t at = 0;
  for (const std::uint64_t word : words) store_u64(bytes, 8 * at++, word);
  const Bytes behind = bytes_of(text);
  bytes.insert(bytes.end(), behind.begin(), behind.end());
  return bytes;
}

inline AgentFrame answer_to(AgentOrder order, std::uint32_t sequence, Bytes with) {
  const auto type = static_cast<unsigned>(order) | TOUCHSTONE_AGENT_ANSWER;
  return {static_cast<std::uint8_t>(type), sequence, std::move(with)};
}

// What an agent for ILP32 with all capabilities says of itself.
inline std::vector<std::uint64_t> hello_words() {
  return {0,
          TOUCHSTONE_ILP32,
          every_capability,
          TOUCHSTONE_AGENT_REAL_TIME,
          128,
          64,
          4096,
          0x0f000000,
          0xffffe000,
          0,
          0};
}

// Gives the bytes that it was made with, in parts of the size asked for, then ends or stays silent.
class ScriptedStream : public AgentStream {
 public:
  enum class Then : std::uint8_t { ends, is_silent };
  explicit ScriptedStream(Bytes bytes, Then then = Then::ends, std::size_t part_bytes = 4096)
      : bytes_(std::move(bytes)), then_(then), part_bytes_(part_bytes) {}

  bool send(std::span<const std::byte>) override { return true; }
  Received receive(std::span<std::byte> into, std::chrono::milliseconds) override {
    using Kind = Received::Kind;
    if (at_ == bytes_.size()) {
      return {then_ == Then::ends ? Kind::ended : Kind::none_in_time, 0};
    }
    const std::size_t count = std::min({into.size(), part_bytes_, bytes_.size() - at_});
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at_), count, into.begin());
    at_ += count;
    return {Kind::bytes, count};
  }
  std::string end_in_words() override { return "signal 9"; }

 private:
  Bytes bytes_;
  Then then_;
  std::size_t part_bytes_;
  std::size_t at_ = 0;
};

// Answers each order with what a function makes of it.
class AnsweringStream : public AgentStream {
 public:
  using Answer = std::function<Bytes(const AgentFrame& order)>;
  explicit AnsweringStream(Answer answer) : answer_(std::move(answer)) {}

  bool send(std::span<const std::byte> bytes) override {
    const auto found = find_agent_frame(bytes);
    if (found.state == AgentFrameFound::State::whole) {
      const Bytes answer = answer_(found.frame);
      answers_.insert(answers_.end(), answer.begin(), answer.end());
    }
    return true;
  }
  Received receive(std::span<std::byte> into, std::chrono::milliseconds) override {
    if (answers_.empty()) return {Received::Kind::none_in_time, 0};
    const std::size_t count = std::min(into.size(), answers_.size());
    std::copy_n(answers_.begin(), count, into.begin());
    answers_.erase(answers_.begin(), answers_.begin() + static_cast<std::ptrdiff_t>(count));
    return {Received::Kind::bytes, count};
  }

 private:
  Answer answer_;
  std::deque<std::byte> answers_;
};

}  // namespace touchstone
