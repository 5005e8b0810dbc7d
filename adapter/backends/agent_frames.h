// agent_frames.h: bytes <-> frames of the protocol with an agent (adapter/agent-protocol.md), and
// the shapes of its orders.  Reads and writes no stream, and knows no meaning.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "touchstone/agent_protocol.h"

namespace touchstone {

struct AgentFrame {
  std::uint8_t type = 0;
  std::uint32_t sequence = 0;
  std::vector<std::byte> payload;
};

std::vector<std::byte> encode_agent_frame(const AgentFrame& frame);

// What stands at the start of some bytes.
struct AgentFrameFound {
  enum class State : std::uint8_t {
    whole,
    incomplete,  // more bytes may make it whole
    noise,       // no header of a frame
    broken,      // one, but it is wrong
  };
  State state = State::incomplete;
  AgentFrame frame;       // if it is whole
  std::size_t bytes = 0;  // of all of it, if it is whole
  std::string_view what;  // is wrong with noise, or with a broken one: "its ..."
};
AgentFrameFound find_agent_frame(std::span<const std::byte> bytes);

#define TOUCHSTONE_AGENT_TYPE(name, type, words, bytes, answer_words, answer_bytes) name = type,
enum class AgentOrder : std::uint8_t { TOUCHSTONE_AGENT_ORDERS(TOUCHSTONE_AGENT_TYPE) };
#undef TOUCHSTONE_AGENT_TYPE

struct AgentShape {
  std::string_view name;
  std::size_t words = 0;
  std::size_t bytes_max = 0;
  std::size_t answer_words = 0;
  std::size_t answer_bytes_max = 0;
};
const AgentShape& shape_of(AgentOrder order);

}  // namespace touchstone
