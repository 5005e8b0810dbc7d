// play.h: one Program on a fresh instance of an implementation, judged.  Where time is real and
// this machine was too late to look, once more.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "adapter/backend.h"
#include "adapter/program.h"
#include "conformance/judge.h"

namespace touchstone {

struct PlayOptions {
  // In a child process, where a crash or a hang is a verdict.
  bool is_isolated = false;
  std::chrono::milliseconds step_time{10000};
};

struct Played {
  std::vector<Outcome> outcomes;           // ends early after a crash, a hang or a lost backend
  std::string captured;                    // what the implementation printed
  std::optional<std::size_t> late_from{};  // as of Executor
};

Played play(const Program& program, BackendFactory& factory, const PlayOptions& options);

struct JudgedPlay {
  Played played;
  Ruling ruling;
};

JudgedPlay play_and_judge(const Program& program, BackendFactory& factory, const Judge& judge,
                          bool is_reference, const PlayOptions& options);

}  // namespace touchstone
