#include "daemon/trace_watch.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
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
    const UniqueFd signals = watch_signals();
    const auto connection = connect_to(options_.socket);
    if (!connection) return connection.error();
    std::array<pollfd, 2> ready{{{connection->get(), POLLIN, 0}, {signals.get(), POLLIN, 0}}};
    const std::string question = options_.case_file.empty() ? "trace" : "trace whole";
    for (;;) {
      const auto sent = send_question(connection->get(), question);
      if (!sent) return has_begun_ ? "liteipcd has ended" : sent.error();
      while (poll(ready.data(), ready.size(), -1) < 0 && errno == EINTR) {
      }
      if (ready[0].revents != 0) {
        const auto answer = receive_answer(connection->get());
        if (!answer) return has_begun_ ? "liteipcd has ended" : answer.error();
        if (const std::string problem = begin(*answer); !problem.empty()) return problem;
        take(*answer);
      }
      if (ready[1].revents != 0) return "";
    }
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
    std::fflush(stdout);
  }

  void take_line(const std::string& text) {
    const auto line = decode_trace_line(text);
    if (!line) return;
    if (line->start && line->start->data_model == "lp64") backend_ = "reference:lp64";
    if (file_.is_open()) case_.add(*line);
    if (options_.wants_json) {
      fmt::print("{}\n", text);
      return;
    }
    if (line->start) return;
    if (!since_ns_ && line->lost == 0) since_ns_ = line->time_ns;
    fmt::print("{}\n", describe(*line, since_ns_.value_or(0)));
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
  bool has_begun_ = false;
  std::ofstream file_;  // of the case
  std::string backend_ = "reference";
  std::string text_;  // the beginning of a line
  std::optional<std::uint64_t> since_ns_;
  TraceCase case_;
};

}  // namespace

int watch(const WatchOptions& options) { return Watch(options).run(); }

}  // namespace touchstone::daemon
