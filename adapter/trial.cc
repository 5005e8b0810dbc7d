#include "adapter/trial.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <string_view>

#include "adapter/child_process.h"

namespace touchstone {

std::optional<std::string> trouble_in_child(std::chrono::milliseconds time_max,
                                            const std::function<std::string()>& attempt) {
  std::string trouble;
  const ChildEnd end = run_in_child(
      {.silence_max = time_max, .captured_lines_max = 20},
      [&attempt](FrameSender& sender) {
        const std::string wrong = attempt();
        if (!wrong.empty()) sender.add(wrong);
      },
      [&trouble](std::string_view frame) {
        trouble = frame;
        return true;
      });
  switch (end.kind) {
    case ChildEnd::Kind::died:
      trouble = "ended the process while it was loaded (" + end.reason + ")";
      if (!end.captured.empty()) trouble += ", after printing:\n" + end.captured;
      break;
    case ChildEnd::Kind::silent: trouble = "could not be loaded: " + end.reason; break;
    case ChildEnd::Kind::not_started: trouble = "could not be tried: " + end.reason; break;
    case ChildEnd::Kind::finished: break;
  }
  if (trouble.empty()) return std::nullopt;
  return trouble;
}

StdoutAside::StdoutAside() : saved_(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)) {
  std::fflush(stdout);
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (saved_ >= 0 && nowhere >= 0) ::dup2(nowhere, STDOUT_FILENO);
  if (nowhere >= 0) ::close(nowhere);
}

StdoutAside::~StdoutAside() {
  std::fflush(stdout);
  if (saved_ < 0) return;
  ::dup2(saved_, STDOUT_FILENO);
  ::close(saved_);
}

}  // namespace touchstone
