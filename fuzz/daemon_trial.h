// daemon_trial.h: what must hold of any bytes that the client library of liteipcd gets as the
// daemon's answers: its calls end, with a value or an errno; they write into their argument and
// nowhere else; they leave no descriptor behind but those that they have named.  Starts no daemon.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace touchstone::fuzz {

struct DaemonVerdict {
  std::string broken_law{};  // the first, in words; empty: none
  bool is_answered = false;  // a device call was taken as answered
};

// The input is packets, one behind the other: a byte for the count of descriptors that go along,
// two for the count of bytes, the bytes.  They are answers to a greeting, an open, a mapping and a
// few device calls, as far as they go.
DaemonVerdict try_daemon_answers(std::span<const std::uint8_t> input);

}  // namespace touchstone::fuzz
