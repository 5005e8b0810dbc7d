#include "daemon/trace_watch.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>
#include <utility>

#include "daemon/control_client.h"
#include "daemon/trace_case.h"
#include "daemon/trace_line.h"

namespace touchstone::daemon {
namespace {

constexpr int no_answer = 3, no_case = 4;

// Readable when the trace is to end.
UniqueFd watch_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  return UniqueFd(signalfd(-1, &signals, SFD_CLOEXEC));
}

class Watch {
 public:
  explicit Watch(const WatchOptions& options) : options_(options) {}

  int run() {
    const std::string problem = follow();
    if (!problem.empty()) std::fprintf(stderr, "liteipcctl: %s\n", problem.c_str());
    if (file_.is_open()) return save();
    return problem.empty() ? 0 : no_answer;
  }

 private:
  // Until a signal; else says what has ended it.
  std::string follow() {
    const auto connection = connect_to(options_.socket);
    if (!connection) return connection.error();
    const std::string question = options_.case_file.empty() ? "trace" : "trace whole";
    while (!is_over_) {
      const auto sent = send_question(connection->get(), question);
      if (!sent) return has_begun_ ? "liteipcd has ended" : sent.error();
      if (!wait_for(connection->get(), POLLIN)) break;
      const auto answer = receive_answer(connection->get());
      if (!answer) return has_begun_ ? "liteipcd has ended" : answer.error();
      if (const std::string problem = begin(*answer); !problem.empty()) return problem;
      take(*answer);
      if (const std::string problem = print(); !problem.empty()) return problem;
    }
    return "";
  }

  // False if a signal came, and nothing else.
  bool wait_for(int file, short event) {
    std::array<pollfd, 2> ready{{{file, event, 0}, {signals_.get(), POLLIN, 0}}};
    while (poll(ready.data(), ready.size(), -1) < 0 && errno == EINTR) {
    }
    is_over_ = ready[1].revents != 0;
    return ready[0].revents != 0;
  }

  // By as much as a pipe takes at once, since a write that waits for a reader sees no signal.
  std::string print() {
    std::string_view left = output_;
    while (!left.empty() && wait_for(STDOUT_FILENO, POLLOUT)) {
      const ssize_t written =
          write(STDOUT_FILENO, left.data(), std::min<size_t>(left.size(), PIPE_BUF));
      if (written < 0) return fmt::format("stdout: {}", std::strerror(errno));
      left.remove_prefix(static_cast<std::size_t>(written));
    }
    output_.clear();
    return "";
  }

  // The file is there from the moment on from which the trace sees all.
  std::string begin(const std::string& answer) {
    if (std::exchange(has_begun_, true)) return "";
    if (const std::string error = error_in(answer); !error.empty()) return error;
    if (options_.case_file.empty()) return "";
    file_.open(options_.case_file);
    return file_ ? "" : options_.case_file + ": cannot be written";
  }

  // Answers are parts of the text, which may end within a line.
  void take(const std::string& answer) {
    text_ += answer;
    std::size_t from = 0;
    for (std::size_t end = text_.find('\n'); end != std::string::npos;
         end = text_.find('\n', from)) {
      take_line(text_.substr(from, end - from));
      from = end + 1;
    }
    text_.erase(0, from);
  }

  void take_line(const std::string& text) {
    const auto line = decode_trace_line(text);
    if (!line) return;
    if (line->start && line->start->data_model == "lp64") backend_ = "reference:lp64";
    if (file_.is_open()) case_.add(*line);
    if (options_.wants_json) {
      output_ += text + "\n";
      return;
    }
    if (line->start) return;
    if (!since_ns_ && line->lost == 0) since_ns_ = line->time_ns;
    output_ += describe(*line, since_ns_.value_or(0)) + "\n";
  }

  int save() {
    const std::filesystem::path path = options_.case_file;
    const auto text = case_.text(path.stem().string());
    if (text) file_ << *text;
    file_.close();
    if (text && file_) {
      std::fprintf(stderr,
                   "liteipcctl: %s: %zu steps; to play it: touchstone run --backend %s %s\n",
                   path.c_str(), case_.step_count(), backend_.c_str(), path.c_str());
      return 0;
    }
    std::fprintf(stderr, "liteipcctl: %s: not written: %s\n", path.c_str(),
                 text ? std::strerror(errno) : text.error().c_str());
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
    return no_case;
  }

  const WatchOptions& options_;
  const UniqueFd signals_ = watch_signals();
  bool has_begun_ = false, is_over_ = false;
  std::ofstream file_;  // of the case
  std::string backend_ = "reference";
  std::string text_;    // the beginning of a line
  std::string output_;  // not yet printed
  std::optional<std::uint64_t> since_ns_;
  TraceCase case_;
};

}  // namespace

int watch(const WatchOptions& options) { return Watch(options).run(); }

}  // namespace touchstone::daemon
