// agent_session.h: a conversation with an agent: an order out, its answer in.  Whatever is wrong
// with the line or with an answer's shape ends it, with a reason that says which frame; what an
// answer means is not its affair.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "adapter/backends/agent_frames.h"
#include "adapter/backends/agent_stream.h"

namespace touchstone {

struct AgentOptions {
  // The longest time until an answer, on top of what the order itself lets pass.
  std::chrono::milliseconds answer_time_max{30000};
};

struct AgentAnswer {
  std::array<std::uint64_t, TOUCHSTONE_AGENT_WORDS_MAX> words{};  // those that it has not are 0
  std::vector<std::byte> bytes;

  std::int64_t value() const { return static_cast<std::int64_t>(words[0]); }
};

class AgentSession {
 public:
  AgentSession(std::unique_ptr<AgentStream> stream, const AgentOptions& options)
      : stream_(std::move(stream)), options_(options) {}

  // None once the conversation is over: lost() says why.
  std::optional<AgentAnswer> give(AgentOrder order, std::initializer_list<std::uint64_t> words,
                                  std::span<const std::byte> bytes = {},
                                  std::chrono::milliseconds time_that_passes = {});

  const std::optional<std::string>& lost() const { return lost_; }
  // The first reason stays.
  void lose(std::string reason);

 private:
  std::optional<AgentFrame> next_frame(std::chrono::milliseconds time_max);
  bool take_bytes(std::chrono::steady_clock::time_point deadline,
                  std::chrono::milliseconds time_max);
  bool skip_noise();
  std::optional<AgentAnswer> answer_in(const AgentFrame& frame, AgentOrder order);
  // As lose(), of the frame that is due; gives nothing.
  std::nullopt_t broken(std::string_view what);

  std::unique_ptr<AgentStream> stream_;
  AgentOptions options_;
  std::uint32_t sequence_ = 0;  // of the last order
  std::vector<std::byte> received_;
  std::optional<std::string> lost_;
};

}  // namespace touchstone
