// executor.h: runs a Program on a Backend: maps symbolic names to the backend's ids and addresses,
// encodes arguments as ABI bytes into user memory, decodes what came back into Outcomes.
// It compares nothing and knows no expectation, but for the names that expectations give to
// messages.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "adapter/backend.h"
#include "adapter/program.h"

namespace touchstone {

class Executor {
 public:
  Executor(const Program& program, Backend& backend);
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // Carries out steps[index]; where the backend's time is real, an Advance waits for as long as
  // suits what the steps around it expect (real_time.h).  Steps go in order; each is run once.  A
  // step whose names were never bound, or whose task sleeps or has ended, gives
  // Outcome::Kind::not_run with the reason.
  Outcome run_step(std::size_t index);

  // All steps, up to and including a `lost`.
  std::vector<Outcome> run_all();

  // Where time is real: the first step that this machine came to look at only after a limit that
  // had to be ahead of it.  What was seen from there on says nothing.
  std::optional<std::size_t> late_from() const;

  // The Program's names for the backend's ids, as of now; a number where there is no name.  Means
  // something as long as this lives.
  IdNames id_names() const;

 private:
  class State;
  const Program& program_;
  std::unique_ptr<State> state_;
};

std::vector<Outcome> execute(const Program& program, Backend& backend);

}  // namespace touchstone
