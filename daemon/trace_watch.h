// trace_watch.h: `liteipcctl trace`: prints what a running daemon tells of its clients until it is
// interrupted, and saves it as a case.
#pragma once

#include <string>

namespace touchstone::daemon {

struct WatchOptions {
  std::string socket;
  std::string case_file;  // empty: none
  bool wants_json = false;
};

// The program's exit status.
int watch(const WatchOptions& options);

}  // namespace touchstone::daemon
