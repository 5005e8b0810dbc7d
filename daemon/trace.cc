#include "daemon/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace touchstone::daemon {
namespace {

constexpr std::size_t answer_bytes_max = 65536;  // goes with one packet

std::string error(const std::string& what) {
  return nlohmann::ordered_json{{"error", what}}.dump();
}

}  // namespace

void Trace::Watcher::add(const std::string& line) {
  if (text.size() - told_bytes + line.size() > room_bytes) {
    ++lost;
    return;
  }
  add_lost();
  text += line;
}

void Trace::Watcher::add_lost() {
  if (lost == 0) return;
  TraceLine line;
  line.lost = std::exchange(lost, 0);
  text += encode(line);
}

std::string Trace::Watcher::take() {
  if (told_bytes == text.size()) add_lost();
  std::string part = text.substr(told_bytes, answer_bytes_max);
  told_bytes += part.size();
  if (told_bytes == text.size() || told_bytes > room_bytes / 2) {
    text.erase(0, std::exchange(told_bytes, 0));
  }
  return part;
}

Trace::Trace(Broker& broker) : broker_(broker) {}

Trace::~Trace() { broker_.record(nullptr); }

std::optional<std::string> Trace::ask(int watcher, std::string_view question) {
  const auto known = watchers_.find(watcher);
  const bool is_whole = question == "trace whole";
  if (known == watchers_.end()) {
    if (question != "trace" && !is_whole) return error("expected trace, or trace whole");
    if (is_whole) {
      if (const auto reason = cannot_be_whole()) return error(*reason);
    }
    return begin(watchers_[watcher], is_whole);
  }
  if (known->second.has_news()) return known->second.take();
  known->second.waits = true;
  return std::nullopt;
}

void Trace::leave(int watcher) {
  watchers_.erase(watcher);
  if (!watchers_.empty()) return;
  broker_.record(nullptr);
  recorder_.reset();
}

// A case begins with a kernel that has just started; the daemon's own task can be told.
std::optional<std::string> Trace::cannot_be_whole() const {
  std::string clients;
  for (const auto& [pid, process] : broker_.processes()) {
    if (!broker_.is_resident(process.id)) clients += fmt::format(" {}", pid);
  }
  if (!clients.empty()) {
    return fmt::format(
        "a case begins before the first client, and there are clients (pid{}): end them, or trace "
        "without a case",
        clients);
  }
  const auto& cms = broker_.kernel().cms();
  if (cms && !broker_.is_resident(cms->process)) {
    return "a case begins before the first CMS, and there was one, whose place stays taken "
           "(CMS-4): "
           "restart liteipcd";
  }
  return std::nullopt;
}

std::string Trace::begin(Watcher& watcher, bool is_whole) {
  // Nobody is there where a whole trace begins: the names of an earlier trace mean nothing then.
  if (is_whole || !recorder_) {
    recorder_ =
        std::make_unique<TraceRecorder>(broker_, [this](const TraceLine& line) { tell(line); });
    broker_.record(recorder_.get());
  }
  TraceLine line;
  line.start = TraceStart{broker_.data_model() == kernel::DataModel::ilp32 ? "ilp32" : "lp64",
                          broker_.limits().tasks, broker_.limits().processes};
  watcher.add(encode(line));
  if (is_whole) recorder_->tell_residents();
  return watcher.take();
}

void Trace::tell(const TraceLine& line) {
  const std::string text = encode(line);
  for (auto& [socket, watcher] : watchers_) watcher.add(text);
}

std::vector<std::pair<int, std::string>> Trace::news() {
  std::vector<std::pair<int, std::string>> all;
  for (auto& [socket, watcher] : watchers_) {
    if (!watcher.waits || !watcher.has_news()) continue;
    watcher.waits = false;
    all.emplace_back(socket, watcher.take());
  }
  return all;
}

}  // namespace touchstone::daemon
