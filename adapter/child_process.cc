#include "adapter/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <utility>
#include <vector>

#include "adapter/printable_text.h"

namespace touchstone {
namespace {

using Clock = std::chrono::steady_clock;
using FrameLength = std::uint32_t;

constexpr FrameLength end_of_frames = 0;
constexpr FrameLength frame_bytes_max = 16u << 20;
constexpr std::size_t captured_bytes_max = 64u << 10;
// Chosen to be told apart from the exit statuses of sanitizers and shells.
constexpr int pipe_is_gone_status = 97;

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() { close(); }
  int number() const { return number_; }
  bool is_open() const { return number_ >= 0; }
  void close() {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
  }

 private:
  int number_ = -1;
};

struct Pipe {
  Descriptor read_end;
  Descriptor write_end;

  bool open() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return false;
    read_end = Descriptor(ends[0]);
    write_end = Descriptor(ends[1]);
    // The parent reads what is there and never waits but in poll.
    return ::fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0;
  }
};

// Runs first of all exit handlers: the parent's own must not run in the child, and the status must
// stay the one that was given.
void leave_at_exit(int status, void*) {
  std::fflush(nullptr);
  ::_exit(status);
}

void prepare_child(const Pipe& frames, const Pipe& printed, pid_t parent) {
  // A group of its own, so that what it starts can be ended with it; and an end with the parent's.
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(pipe_is_gone_status);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  const Descriptor nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  ::dup2(nothing.number(), STDIN_FILENO);
  ::dup2(printed.write_end.number(), STDOUT_FILENO);
  ::dup2(printed.write_end.number(), STDERR_FILENO);
  ::close(frames.read_end.number());
  ::close(printed.read_end.number());
  ::on_exit(leave_at_exit, nullptr);
}

[[noreturn]] void be_child(const Pipe& frames, const Pipe& printed, pid_t parent,
                           const std::function<void(FrameSender&)>& body) {
  prepare_child(frames, printed, parent);
  FrameSender sender(frames.write_end.number());
  body(sender);
  std::fflush(nullptr);
  sender.add({});
  sender.flush();
  ::_exit(0);
}

// Reads all that is there.  False at the end of the pipe.
bool drain(const Descriptor& pipe, std::string& into) {
  char buffer[65536];
  while (true) {
    const ssize_t got = ::read(pipe.number(), buffer, sizeof buffer);
    if (got > 0) {
      into.append(buffer, static_cast<std::size_t>(got));
      // A child that prints without end must not keep us here past its deadline.
      if (static_cast<std::size_t>(got) < sizeof buffer || into.size() > frame_bytes_max)
        return true;
    } else if (got == 0) {
      return false;
    } else if (errno != EINTR) {
      return errno == EAGAIN;
    }
  }
}

std::string signal_name(int number) {
  const char* name = ::sigabbrev_np(number);
  return name != nullptr ? std::string("SIG") + name : "signal " + std::to_string(number);
}

ChildEnd not_started(const char* what) {
  const int error = errno;
  return {ChildEnd::Kind::not_started, std::string(what) + ": " + ::strerrordesc_np(error), {}};
}

// The parent's side of one child.
class Watch {
 public:
  Watch(pid_t child, Pipe frames, Pipe printed, const ChildOptions& options)
      : options_(options), child_(child), frames_(std::move(frames)), printed_(std::move(printed)) {
    frames_.write_end.close();
    printed_.write_end.close();
    // Tells of the child's end even if something that it started holds the pipes open.  (glibc 2.36
    // declares pidfd_open for C only.)
    process_ = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
    if (!process_.is_open()) end_ = not_started("no way to watch a child process");
  }

  ChildEnd until_end(const std::function<bool(std::string_view)>& on_frame) {
    Clock::time_point deadline = Clock::now() + options_.silence_max;
    while (end_.kind == ChildEnd::Kind::finished && !finished_ && !gone_) {
      if (wait_for_news(deadline)) {
        const std::size_t before = frames_seen_;
        take_news(on_frame);
        if (frames_seen_ != before) deadline = Clock::now() + options_.silence_max;
      }
      if (!finished_ && !gone_ && Clock::now() >= deadline) {
        end_ = {ChildEnd::Kind::silent, "no answer in " + limit_in_words(), {}};
      }
    }
    const int status = reap();
    take_news(on_frame);
    if (finished_ && !spoilt_) {
      end_ = {};
    } else if (end_.kind == ChildEnd::Kind::finished) {
      describe_death(status);
    }
    end_.captured = captured_lines();
    return std::move(end_);
  }

 private:
  // False when the deadline came first.
  bool wait_for_news(Clock::time_point deadline) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    pollfd watched[] = {{.fd = frames_.read_end.number(), .events = POLLIN, .revents = 0},
                        {.fd = printed_.read_end.number(), .events = POLLIN, .revents = 0},
                        {.fd = process_.number(), .events = POLLIN, .revents = 0}};
    const int ready = ::poll(watched, 3, static_cast<int>(std::min<long>(left, 60000)));
    if (ready > 0 && watched[2].revents != 0) gone_ = true;
    return ready > 0;
  }

  void take_news(const std::function<bool(std::string_view)>& on_frame) {
    if (printed_.read_end.is_open() && !drain(printed_.read_end, captured_)) {
      printed_.read_end.close();
    }
    if (captured_.size() > 2 * captured_bytes_max) {
      captured_.erase(0, captured_.size() - captured_bytes_max);
    }
    if (frames_.read_end.is_open() && !drain(frames_.read_end, received_)) {
      frames_.read_end.close();
    }
    take_frames(on_frame);
  }

  void take_frames(const std::function<bool(std::string_view)>& on_frame) {
    std::size_t at = 0;
    FrameLength length = 0;
    while (!finished_ && !spoilt_ && received_.size() - at >= sizeof length) {
      ::memcpy(&length, received_.data() + at, sizeof length);
      if (length == end_of_frames) {
        finished_ = true;
      } else if (length > frame_bytes_max) {
        spoil();
      } else if (received_.size() - at - sizeof length < length) {
        break;
      } else {
        ++frames_seen_;
        const std::string_view frame(received_.data() + at + sizeof length, length);
        if (!on_frame(frame)) spoil();
      }
      at += sizeof length + length;
    }
    received_.erase(0, std::min(at, received_.size()));
  }

  void spoil() {
    spoilt_ = true;
    end_ = {ChildEnd::Kind::died, "wrote over the harness's memory or pipe", {}};
  }

  // Ends the child with all it started, and takes its status away.
  int reap() {
    // Before waitpid, as the number may be another process's after it.  A child that died by itself
    // keeps its own status.
    ::kill(-child_, SIGKILL);
    ::kill(child_, SIGKILL);
    int status = 0;
    while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
  }

  void describe_death(int status) {
    end_.kind = ChildEnd::Kind::died;
    if (WIFSIGNALED(status)) {
      end_.reason = signal_name(WTERMSIG(status));
    } else if (WEXITSTATUS(status) == pipe_is_gone_status) {
      end_.reason = "closed the harness's pipe";
    } else {
      end_.reason = "exit status " + std::to_string(WEXITSTATUS(status));
    }
    const std::size_t summary = captured_.rfind("SUMMARY: ");
    if (summary != std::string::npos) {
      const std::string line = captured_.substr(summary, captured_.find('\n', summary) - summary);
      end_.reason += ", " + printable_text(line);
    }
  }

  // A sanitizer's report says most at its head, anything else at its tail.
  std::string captured_lines() const {
    std::string_view text = captured_;
    std::size_t head = text.find("ERROR: ");
    if (head == std::string_view::npos) head = text.find("runtime error: ");
    const bool report = head != std::string_view::npos && text.find("SUMMARY: ") != text.npos;
    if (report) text.remove_prefix(text.rfind('\n', head) + 1);
    std::vector<std::string_view> lines;
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      lines.push_back(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    const std::size_t count = std::min(lines.size(), options_.captured_lines_max);
    const std::size_t first = report ? 0 : lines.size() - count;
    std::string result;
    for (std::size_t index = first; index < first + count; ++index) {
      result += printable_text(lines[index]) + "\n";
    }
    return result;
  }

  std::string limit_in_words() const {
    const auto milliseconds = options_.silence_max.count();
    return milliseconds % 1000 == 0 ? std::to_string(milliseconds / 1000) + " s"
                                    : std::to_string(milliseconds) + " ms";
  }

  ChildOptions options_;
  pid_t child_;
  Pipe frames_;
  Pipe printed_;
  Descriptor process_;
  std::string received_;
  std::string captured_;
  std::size_t frames_seen_ = 0;
  bool finished_ = false;
  bool spoilt_ = false;
  bool gone_ = false;
  ChildEnd end_;
};

}  // namespace

void FrameSender::add(std::string_view frame) {
  const FrameLength length = static_cast<FrameLength>(frame.size());
  char raw[sizeof length];
  ::memcpy(raw, &length, sizeof length);
  pending_.append(raw, sizeof length);
  pending_ += frame;
}

void FrameSender::flush() {
  std::string_view rest = pending_;
  while (!rest.empty()) {
    const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) ::_exit(pipe_is_gone_status);
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  pending_.clear();
}

ChildEnd run_in_child(const ChildOptions& options, const std::function<void(FrameSender&)>& body,
                      const std::function<bool(std::string_view)>& on_frame) {
  Pipe frames;
  Pipe printed;
  if (!frames.open() || !printed.open()) return not_started("no pipe");
  // What is still in the parent's buffers would be written by both.
  std::fflush(nullptr);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return not_started("no child process");
  if (child == 0) be_child(frames, printed, parent, body);
  return Watch(child, std::move(frames), std::move(printed), options).until_end(on_frame);
}

}  // namespace touchstone
