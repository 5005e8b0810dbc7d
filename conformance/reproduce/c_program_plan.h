// c_program_plan.h: how a Program is played by a plain program in real time: who plays each step,
// what has to be there besides, and whether it can be done at all.  Writes no C.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapter/program.h"
#include "adapter/time_limits.h"

namespace touchstone {

struct CStepPlan {
  std::optional<TaskName> player;   // none: the director itself
  std::optional<ProcessName> ends;  // which the director ends
  TimeLimits time;                  // of advance
  std::optional<TaskName> id_of;    // ended, whose id the task that the step makes shall have
  // Of a death notice that may come in another order (DTH-9): the steps of all of them, this one
  // too.
  std::vector<std::size_t> together;
};

struct CTask {
  TaskName name{};
  ProcessName process{};
};

struct CPlan {
  std::vector<CStepPlan> steps;
  std::vector<CTask> tasks;            // in the order in which they are made
  std::vector<ProcessName> processes;  // the same
  // Processes in which a thread that no case knows makes threads while all others may sleep.
  std::set<ProcessName> kept;
  bool needs_lent = false;  // a process uses a device that it has not opened, or has closed
  bool lets_time_pass = false;
  bool has_wide_words = false;    // that a program of 32 bits cannot say
  std::uint64_t seconds = 0;      // how long it takes at least
  std::uint64_t arena_bytes = 0;  // for the arguments of the largest step
};

// Or which step no plain program can play, with its line and why.
std::expected<CPlan, std::string> plan_c_program(const Program& program);

}  // namespace touchstone
