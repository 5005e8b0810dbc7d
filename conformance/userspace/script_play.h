// script_play.h: plays a script on a subject and keeps what each step showed.  In this process on
// the reference; in a child of its own on anything else, so that a crash, a hang or an exit costs
// one script and is known by its step.  Judges nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "conformance/userspace/player.h"
#include "conformance/userspace/script.h"
#include "conformance/userspace/subject.h"

namespace touchstone::userspace {

struct PlayedStep {
  enum class Kind : std::uint8_t {
    shown,
    lacking,    // the implementation has no such function: `shown.lacks`
    malformed,  // the player does not understand the step: `error`
    crash,      // the implementation died, see `reason`
    hang,       // it did not come back
    lost,       // there is no implementation to play on
  };
  Kind kind = Kind::shown;
  Shown shown;
  StepError error;
  std::string reason;
  std::string state_after;  // in a few lines; may be empty
};

struct PlayedScript {
  // One for each step from the first on, until all are played or one is not `shown`: that one is
  // the last.
  std::vector<PlayedStep> steps;
  std::string captured;  // what the implementation printed
};

PlayedScript play(const Script& script, const Subject& subject, DataModel data_model,
                  std::chrono::milliseconds step_time);

}  // namespace touchstone::userspace
