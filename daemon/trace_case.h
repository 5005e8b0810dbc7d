// trace_case.h: what a trace has told, as a case that plays to the same outcomes on any
// implementation.  Runs nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "daemon/trace_line.h"

namespace touchstone::daemon {

class TraceCase {
 public:
  // The lines of a whole trace, in order.
  void add(const TraceLine& line);

  std::size_t step_count() const { return steps_.size(); }
  // The text of the case, which is read again before it is given.  Errors in words: lines were
  // lost, nothing was done, or there is a step that no case can say.
  std::expected<std::string, std::string> text(const std::string& name) const;

 private:
  struct Step {
    std::uint64_t time_ms = 0;
    std::string text;
    bool ran_out_of_time = false;
  };

  std::vector<bool> steps_that_take_time() const;
  std::string lines() const;

  std::optional<TraceStart> start_;
  std::uint64_t lost_ = 0;
  std::string unsayable_;  // the first
  std::vector<Step> steps_;
};

}  // namespace touchstone::daemon
