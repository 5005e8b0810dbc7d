// agent_trial.h: what must hold of any bytes on the line between Touchstone and an agent, whoever
// sends them: no answer is taken that was spoilt on its way, nothing is given on that cannot be,
// and both sides, one of them in C, read a frame as the same.  Starts no agent.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "adapter/backends/agent_frames.h"

namespace touchstone::fuzz {

// What is tried; parameters, so that wrong ones can show that it is noticed.
struct AgentFunctions {
  std::function<AgentFrameFound(std::span<const std::byte>)> find = find_agent_frame;
};

struct AgentVerdict {
  std::string broken_law{};    // the first, in words; empty: none
  std::string detail{};        // what shows it
  bool is_understood = false;  // a frame was read whole, behind the first answer
};

// The first byte says who gets the bytes behind it: even the harness, as answers to calls that they
// choose too; odd both decoders, as frames.
AgentVerdict try_agent_line(const AgentFunctions& functions, std::span<const std::uint8_t> input);

}  // namespace touchstone::fuzz
