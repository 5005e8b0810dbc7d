// agent_stream.h: the line to an agent as bytes, whatever it is made of.  Knows no frame.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace touchstone {

class AgentStream {
 public:
  struct Received {
    enum class Kind : std::uint8_t { bytes, none_in_time, ended };
    Kind kind = Kind::ended;
    std::size_t count = 0;  // at least 1 of `bytes`
  };

  virtual ~AgentStream() = default;

  // False where the other end is gone.
  virtual bool send(std::span<const std::byte> bytes) = 0;
  // Waits for bytes, no longer than that.
  virtual Received receive(std::span<std::byte> into, std::chrono::milliseconds time_max) = 0;
  // Once it has ended: what is known of how, such as "signal 9"; may be empty.
  virtual std::string end_in_words() { return {}; }
};

}  // namespace touchstone
