// interruption.h: SIGINT and SIGTERM as something to wait for in poll, so that a run that is broken
// off still says what it found.  While it lives the signals do nothing else.
#pragma once

#include <signal.h>

namespace touchstone::fuzzing {

class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  int descriptor() const { return descriptor_; }  // readable once one came
  bool came();

 private:
  void take();

  sigset_t before_{};
  int descriptor_ = -1;
  bool came_ = false;
};

}  // namespace touchstone::fuzzing
