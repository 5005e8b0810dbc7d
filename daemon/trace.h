// trace.h: who watches what the daemon's clients do, and what each has yet to be told.  A watcher
// asks again and again, so that one which does not read holds nobody up: there is so much room for
// it, and what does not fit is lost and counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/broker.h"
#include "daemon/trace_line.h"
#include "daemon/trace_recorder.h"

namespace touchstone::daemon {

class Trace {
 public:
  static constexpr std::size_t room_bytes = 8u << 20;  // for each watcher

  // The broker outlives this.
  explicit Trace(Broker& broker);
  ~Trace();
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  static bool is_for(std::string_view question) { return question.starts_with("trace"); }
  // "trace" begins a trace or asks for more of it, "trace whole" begins one that is to be a case.
  // The answer is a part of a text of lines (trace_line.h), or an object with the member "error";
  // none: `news` has it once there is one.
  std::optional<std::string> ask(int watcher, std::string_view question);
  void leave(int watcher);

  // For watchers that have asked and had no answer.
  std::vector<std::pair<int, std::string>> news();

 private:
  struct Watcher {
    bool waits = false;
    std::string text;
    std::size_t told_bytes = 0;  // of the text
    std::uint64_t lost = 0;      // since the text's last line

    bool has_news() const { return told_bytes < text.size() || lost > 0; }
    void add(const std::string& line);
    void add_lost();
    std::string take();
  };

  std::optional<std::string> cannot_be_whole() const;
  std::string begin(Watcher& watcher, bool is_whole);
  void tell(const TraceLine& line);

  Broker& broker_;
  std::map<int, Watcher> watchers_;
  std::unique_ptr<TraceRecorder> recorder_;  // while somebody watches
};

}  // namespace touchstone::daemon
