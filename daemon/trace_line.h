// trace_line.h: one thing that a trace tells, as it crosses from liteipcd to liteipcctl: a line of
// JSON; and as people read it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace touchstone::daemon {

// How a trace begins.
struct TraceStart {
  std::string data_model;   // as a case says it
  std::uint32_t tasks = 0;  // limits
  std::uint32_t processes = 0;
};

struct TraceLine {
  std::uint64_t time_ns = 0;  // CLOCK_MONOTONIC
  std::int32_t process = 0;   // as Linux numbers them
  std::int32_t thread = 0;
  std::string step;        // words of a case
  std::string outcome;     // what came of the step
  std::string unsayable;   // why no case can say the step
  std::string note;        // in place of a step: what has changed nothing
  std::uint64_t lost = 0;  // in place of all else: lines that had no room
  std::optional<TraceStart> start;
};

// Ends with a newline.
std::string encode(const TraceLine& line);
// None: it is no line of a trace.
std::optional<TraceLine> decode_trace_line(std::string_view text);

// Without what is too long to read; the time counts from the one given.  Empty for a start.
std::string describe(const TraceLine& line, std::uint64_t since_ns);

}  // namespace touchstone::daemon
