#include "conformance/fuzzing/interruption.h"

#include <sys/signalfd.h>
#include <unistd.h>

namespace touchstone::fuzzing {

Interruption::Interruption() {
  sigset_t ours;
  ::sigemptyset(&ours);
  ::sigaddset(&ours, SIGINT);
  ::sigaddset(&ours, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &ours, &before_);
  descriptor_ = ::signalfd(-1, &ours, SFD_NONBLOCK | SFD_CLOEXEC);
}

Interruption::~Interruption() {
  // One that is still waiting would end us as soon as it may.
  take();
  ::sigprocmask(SIG_SETMASK, &before_, nullptr);
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool Interruption::came() {
  take();
  return came_;
}

void Interruption::take() {
  signalfd_siginfo info;
  while (descriptor_ >= 0 && ::read(descriptor_, &info, sizeof info) == sizeof info) came_ = true;
}

}  // namespace touchstone::fuzzing
