// broker_trial.h: what must hold of any bytes that clients of liteipcd send: each call is answered
// at most once and to its caller, the kernel's invariants stand after each, and once all processes
// have ended nothing is left of them.  Opens no socket.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace touchstone::fuzz {

struct BrokerVerdict {
  std::string broken_law{};  // the first, in words; empty: none
  bool is_received = false;  // a message came to a receiver
};

// The input is events, one behind the other: a byte for what happens (low half) and to which of the
// threads (high half), then what that takes; see broker_trial.cc.
BrokerVerdict try_broker(std::span<const std::uint8_t> input);

}  // namespace touchstone::fuzz
