#include "conformance/fuzzing/child_program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "conformance/shell_word.h"

namespace touchstone::fuzzing {
namespace {

using Clock = std::chrono::steady_clock;

// Enough for any sanitizer's report; a program that prints without end must not fill our memory.
constexpr std::size_t output_bytes_max = 4u << 20;

std::string error_text(int number) { return ::strerrordesc_np(number); }

// The descriptor on which the child says why it could not begin; nothing comes if it could.
[[noreturn]] void fail_in_child(int report) {
  const int error = errno;
  [[maybe_unused]] const ssize_t written = ::write(report, &error, sizeof error);
  ::_exit(127);
}

[[noreturn]] void be_program(const ProgramCall& call, int output, int report, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  for (const auto& [name, value] : call.environment) {
    if (value.empty()) {
      ::unsetenv(name.c_str());
    } else {
      ::setenv(name.c_str(), value.c_str(), 1);
    }
  }
  std::vector<char*> words;
  for (const std::string& word : call.words) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  ::execv(words.front(), words.data());
  fail_in_child(report);
}

struct Pipe {
  int read_end = -1;
  int write_end = -1;

  bool open() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return false;
    read_end = ends[0];
    write_end = ends[1];
    return true;
  }
  void close_writing() {
    if (write_end >= 0) ::close(std::exchange(write_end, -1));
  }
  void close_reading() {
    if (read_end >= 0) ::close(std::exchange(read_end, -1));
  }
  Pipe() = default;
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_writing();
    close_reading();
  }
};

// Ends when the child has begun: its end of the pipe closes at exec.
int error_of_beginning(int report) {
  int error = 0;
  ssize_t got = 0;
  do {
    got = ::read(report, &error, sizeof error);
  } while (got < 0 && errno == EINTR);
  return got == sizeof error ? error : 0;
}

bool is_readable(int descriptor) {
  pollfd watched{.fd = descriptor, .events = POLLIN, .revents = 0};
  return ::poll(&watched, 1, 0) > 0;
}

void take_bounded(std::string text, std::string& all) {
  all += text;
  if (all.size() <= 2 * output_bytes_max) return;
  // The head says what was run, the tail how it ended.
  all.erase(output_bytes_max, all.size() - 2 * output_bytes_max);
}

// Looks through lines that come in pieces.
class LineSearch {
 public:
  explicit LineSearch(const std::function<bool(std::string_view)>& is_wanted)
      : is_wanted_(is_wanted) {}

  bool finds_in(std::string_view piece) {
    if (!is_wanted_) return false;
    for (std::size_t end = piece.find('\n'); end != piece.npos; end = piece.find('\n')) {
      begun_ += piece.substr(0, end);
      if (is_wanted_(std::exchange(begun_, {}))) return true;
      piece.remove_prefix(end + 1);
    }
    if (begun_.size() < output_bytes_max) begun_ += piece;
    return false;
  }

 private:
  const std::function<bool(std::string_view)>& is_wanted_;
  std::string begun_;  // a line whose end has not come
};

}  // namespace

std::string shell_line(const ProgramCall& call) {
  std::string line;
  for (const auto& [name, value] : call.environment) {
    if (!value.empty()) line += name + "=" + shell_word(value) + " ";
  }
  for (const std::string& word : call.words) line += shell_word(word) + " ";
  if (!line.empty()) line.pop_back();
  return line;
}

std::string ProgramEnd::text() const {
  if (!by_signal) return "exit status " + std::to_string(number);
  const char* name = ::sigabbrev_np(number);
  return name != nullptr ? std::string("SIG") + name : "signal " + std::to_string(number);
}

std::expected<ChildProgram, std::string> ChildProgram::start(const ProgramCall& call) {
  Pipe output;
  Pipe report;
  if (!output.open() || !report.open()) return std::unexpected("no pipe: " + error_text(errno));
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return std::unexpected("no child process: " + error_text(errno));
  if (child == 0) be_program(call, output.write_end, report.write_end, parent);
  report.close_writing();
  output.close_writing();
  // In both, so that it holds whoever comes first.
  ::setpgid(child, child);
  if (const int error = error_of_beginning(report.read_end); error != 0) {
    ::waitpid(child, nullptr, 0);
    return std::unexpected(call.words.front() + ": " + error_text(error));
  }
  // (glibc 2.36 declares pidfd_open for C only.)
  const int process = static_cast<int>(::syscall(SYS_pidfd_open, child, 0));
  ::fcntl(output.read_end, F_SETFL, O_NONBLOCK);
  ChildProgram program(child, std::exchange(output.read_end, -1), process);
  if (process < 0) return std::unexpected("no way to watch a process: " + error_text(errno));
  return program;
}

ChildProgram::ChildProgram(ChildProgram&& other) noexcept
    : id_(std::exchange(other.id_, -1)),
      output_(std::exchange(other.output_, -1)),
      process_(std::exchange(other.process_, -1)) {}

ChildProgram& ChildProgram::operator=(ChildProgram&& other) noexcept {
  std::swap(id_, other.id_);
  std::swap(output_, other.output_);
  std::swap(process_, other.process_);
  return *this;
}

ChildProgram::~ChildProgram() {
  if (id_ > 0) {
    kill();
    reap();
  }
  if (output_ >= 0) ::close(output_);
  if (process_ >= 0) ::close(process_);
}

std::string ChildProgram::take_output() {
  std::string text;
  char buffer[65536];
  while (output_ >= 0 && text.size() < output_bytes_max) {
    const ssize_t got = ::read(output_, buffer, sizeof buffer);
    if (got > 0) {
      text.append(buffer, static_cast<std::size_t>(got));
    } else if (got < 0 && errno == EINTR) {
      continue;
    } else if (got < 0 && errno == EAGAIN) {
      break;
    } else {
      ::close(std::exchange(output_, -1));
    }
  }
  return text;
}

bool ChildProgram::has_ended() const { return is_readable(process_); }

void ChildProgram::interrupt() const {
  if (id_ > 0) ::kill(-id_, SIGINT);
}

void ChildProgram::kill() const {
  if (id_ > 0) ::kill(-id_, SIGKILL);
}

ProgramEnd ChildProgram::reap() {
  siginfo_t info{};
  // The group is ended while its leader still has its id, which nobody else can have got.
  while (::waitid(P_PID, static_cast<id_t>(id_), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
  }
  ::kill(-id_, SIGKILL);
  int status = 0;
  while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
  }
  id_ = -1;
  if (WIFSIGNALED(status)) return {true, WTERMSIG(status)};
  return {false, WEXITSTATUS(status)};
}

std::expected<ProgramRun, std::string> run_program(
    const ProgramCall& call, std::chrono::milliseconds time_max,
    const std::function<bool(std::string_view)>& is_enough) {
  auto program = ChildProgram::start(call);
  if (!program) return std::unexpected(program.error());
  ProgramRun run;
  LineSearch search(is_enough);
  const Clock::time_point deadline = Clock::now() + time_max;
  while (!program->has_ended()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) {
      run.was_too_slow = true;
      program->kill();
      break;
    }
    pollfd watched[] = {
        {.fd = program->output_descriptor(), .events = POLLIN, .revents = 0},
        {.fd = program->process_descriptor(), .events = POLLIN, .revents = 0},
    };
    ::poll(watched, 2, static_cast<int>(std::min<long>(left, 60000)));
    const std::string printed = program->take_output();
    take_bounded(printed, run.output);
    if (search.finds_in(printed)) {
      run.was_enough = true;
      program->kill();
      break;
    }
  }
  run.end = program->reap();
  take_bounded(program->take_output(), run.output);
  return run;
}

}  // namespace touchstone::fuzzing
