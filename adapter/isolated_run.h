// isolated_run.h: runs a Program on a fresh Backend in a forked child, so that a crash or a hang of
// the implementation costs one case and is known by its step.  Judges nothing.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "adapter/backend.h"
#include "adapter/program.h"

namespace touchstone {

struct IsolationOptions {
  std::chrono::milliseconds step_time_max{10000};
  std::size_t captured_lines_max = 20;
};

struct IsolatedResult {
  // One for each step from the first on, until all are done or one is a crash, a hang or `lost`:
  // that one is the last.  Trouble before the first step (while the backend is made) counts as the
  // first step's, trouble after the last step (while it is taken down) as the last step's; `reason`
  // says so.
  std::vector<Outcome> outcomes;
  // What the child printed, on stdout too: the last lines, or the head of a sanitizer's report.
  std::string captured_stderr;
};

// Reason of a crash: "SIGSEGV", "exit status 3", either with a sanitizer's summary after it.
IsolatedResult run_isolated(const Program& program, BackendFactory& factory,
                            const IsolationOptions& options = {});

}  // namespace touchstone
