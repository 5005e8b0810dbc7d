// input_watch.h: whether a target still comes back from its inputs, by how long it has been with
// the last one.  For those that hang where no fuzzer's own time limit helps, as while they report a
// crash with the heap locked.  Reads no clock and ends nobody.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "conformance/fuzzing/live_input.h"

namespace touchstone::fuzzing {

class InputWatch {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct Limits {
    std::chrono::milliseconds input;   // that one input may take
    std::chrono::milliseconds report;  // that the report of a crash may take
  };

  // Before the target is started.
  InputWatch(std::unique_ptr<LiveInput> live, Limits limits, Time now);

  void look(Time now);
  // The target has begun to report a crash.
  void note_report(Time now);
  bool has_report() const { return has_report_; }  // of the input that it is with

  // False for one that has not begun with an input.
  bool is_stuck(Time now) const;
  Time due() const;                                     // when to look again
  std::string input() const { return live_->input(); }  // that it is with

 private:
  std::chrono::milliseconds limit() const { return has_report_ ? limits_.report : limits_.input; }

  std::unique_ptr<LiveInput> live_;
  Limits limits_;
  std::uint64_t begun_ = 0;  // when it was last looked at
  bool has_report_ = false;
  Time since_;  // it is where it is
  Time looked_at_;
};

}  // namespace touchstone::fuzzing
