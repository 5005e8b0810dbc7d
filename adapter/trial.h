// trial.h: loads what runs code of others while it is loaded: first in a child process, where it
// may crash, hang, exit or print, then here.  Knows nothing of what is loaded.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace touchstone {

// Carries out `attempt`, which gives what is wrong or an empty text, in a child; gives what was
// wrong, in words, if anything was.
std::optional<std::string> trouble_in_child(std::chrono::milliseconds time_max,
                                            const std::function<std::string()>& attempt);

// While it lives, what is printed to stdout in this process goes nowhere, so that it does not get
// into the harness's own output.
class StdoutAside {
 public:
  StdoutAside();
  ~StdoutAside();
  StdoutAside(const StdoutAside&) = delete;
  StdoutAside& operator=(const StdoutAside&) = delete;

 private:
  int saved_;
};

}  // namespace touchstone
