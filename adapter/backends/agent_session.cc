#include "adapter/backends/agent_session.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "adapter/abi.h"
#include "adapter/printable_text.h"

namespace touchstone {
namespace {

using Clock = std::chrono::steady_clock;

std::string text_of(std::span<const std::byte> bytes) {
  return printable_text({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::string in_words(std::chrono::milliseconds time) {
  const auto count = time.count();
  return count % 1000 == 0 ? std::to_string(count / 1000) + " s" : std::to_string(count) + " ms";
}

}  // namespace

void AgentSession::lose(std::string reason) {
  if (!lost_) lost_ = std::move(reason);
}

std::nullopt_t AgentSession::broken(std::string_view what) {
  lose("frame " + std::to_string(sequence_) + " from the agent: " + std::string(what));
  return std::nullopt;
}

std::optional<AgentAnswer> AgentSession::give(AgentOrder order,
                                              std::initializer_list<std::uint64_t> words,
                                              std::span<const std::byte> bytes,
                                              std::chrono::milliseconds time_that_passes) {
  if (lost_) return std::nullopt;
  AgentFrame frame{static_cast<std::uint8_t>(order), ++sequence_, {}};
  frame.payload.resize(8 * words.size());
  std::size_t at = 0;
  for (const std::uint64_t word : words) store_u64(frame.payload, 8 * at++, word);
  frame.payload.insert(frame.payload.end(), bytes.begin(), bytes.end());
  // One that is gone may have said why.
  const bool is_sent = stream_->send(encode_agent_frame(frame));
  const auto answer = next_frame(options_.answer_time_max + time_that_passes);
  if (!answer) return std::nullopt;
  const auto decoded = answer_in(*answer, order);
  if (!is_sent) lose("the agent does not take orders any more");
  return lost_ ? std::nullopt : decoded;
}

std::optional<AgentFrame> AgentSession::next_frame(std::chrono::milliseconds time_max) {
  using State = AgentFrameFound::State;
  const Clock::time_point deadline = Clock::now() + time_max;
  while (true) {
    AgentFrameFound found = find_agent_frame(received_);
    if (found.state == State::noise && sequence_ == 1 && skip_noise()) continue;
    if (found.state == State::noise || found.state == State::broken) return broken(found.what);
    if (found.state == State::whole) {
      received_.erase(received_.begin(),
                      received_.begin() + static_cast<std::ptrdiff_t>(found.bytes));
      if (!received_.empty()) return broken("more bytes come behind it than were asked for");
      return std::move(found.frame);
    }
    if (!take_bytes(deadline, time_max)) return std::nullopt;
  }
}

// A serial line may have had other users: what stands before the first magic is not for us.  False
// where there is nothing to skip.
bool AgentSession::skip_noise() {
  std::array<std::byte, 4> magic{};
  store_u32(magic, 0, TOUCHSTONE_AGENT_MAGIC);
  const auto found =
      std::search(received_.begin() + 1, received_.end(), magic.begin(), magic.end());
  // At the end may stand the start of one.
  const std::size_t kept = magic.size() - 1;
  const auto first = found != received_.end()   ? found
                     : received_.size() <= kept ? received_.begin()
                                                : received_.end() - kept;
  const bool skips = first != received_.begin();
  received_.erase(received_.begin(), first);
  return skips;
}

bool AgentSession::take_bytes(Clock::time_point deadline, std::chrono::milliseconds time_max) {
  using Kind = AgentStream::Received::Kind;
  std::array<std::byte, 4096> bytes;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
  const auto got = left.count() > 0 ? stream_->receive(bytes, left)
                                    : AgentStream::Received{Kind::none_in_time, 0};
  if (got.kind == Kind::bytes) {
    received_.insert(received_.end(), bytes.begin(),
                     bytes.begin() + static_cast<std::ptrdiff_t>(got.count));
    return true;
  }
  const std::string how_much = received_.empty() ? "no answer" : "half an answer";
  if (got.kind == Kind::none_in_time) {
    broken(how_much + " in " + in_words(time_max));
  } else {
    const std::string end = stream_->end_in_words();
    broken(how_much + ", the line has ended" + (end.empty() ? "" : ": " + end));
  }
  return false;
}

std::optional<AgentAnswer> AgentSession::answer_in(const AgentFrame& frame, AgentOrder order) {
  if (frame.type == TOUCHSTONE_AGENT_LOST) {
    lose("the agent says: " + text_of(frame.payload));
    return std::nullopt;
  }
  if (frame.sequence != sequence_) {
    return broken("it answers order " + std::to_string(frame.sequence));
  }
  if (frame.type != (static_cast<unsigned>(order) | TOUCHSTONE_AGENT_ANSWER)) {
    return broken("it is of type " + std::to_string(frame.type) + ", no answer to `" +
                  std::string(shape_of(order).name) + "`");
  }
  const AgentShape& shape = shape_of(order);
  const std::size_t word_bytes = 8 * shape.answer_words;
  if (frame.payload.size() < word_bytes) return broken("it is too short for its answer");
  if (frame.payload.size() - word_bytes > shape.answer_bytes_max) {
    return broken("it is too long for its answer");
  }
  AgentAnswer answer;
  for (std::size_t i = 0; i < shape.answer_words; ++i) {
    answer.words[i] = load_u64(frame.payload, 8 * i);
  }
  answer.bytes.assign(frame.payload.begin() + static_cast<std::ptrdiff_t>(word_bytes),
                      frame.payload.end());
  return answer;
}

}  // namespace touchstone
