#include "daemon/trace_line.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace touchstone::daemon {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t word_columns_max = 72;

void put(Json& json, const char* key, const std::string& text) {
  if (!text.empty()) json[key] = text;
}

std::string text_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

template <typename Number>
Number number_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_number_integer() ? found->get<Number>() : Number{};
}

// Bytes make words of any length.
std::string shortened(std::string_view text) {
  std::string all;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (!all.empty()) all += ' ';
    if (word.size() <= word_columns_max) {
      all += word;
    } else {
      all += fmt::format("{}...({} more)", word.substr(0, word_columns_max / 2),
                         word.size() - word_columns_max / 2);
    }
  }
  return all;
}

}  // namespace

std::string encode(const TraceLine& line) {
  Json json = Json::object();
  if (line.start) {
    json["trace"] = {{"data_model", line.start->data_model},
                     {"tasks", line.start->tasks},
                     {"processes", line.start->processes}};
  }
  if (line.lost > 0) {
    json["lost"] = line.lost;
  } else {
    json["time_ns"] = line.time_ns;
  }
  if (line.process != 0) {
    json["pid"] = line.process;
    json["thread"] = line.thread;
  }
  put(json, "step", line.step);
  put(json, "outcome", line.outcome);
  put(json, "unsayable", line.unsayable);
  put(json, "note", line.note);
  return json.dump() + "\n";
}

std::optional<TraceLine> decode_trace_line(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  TraceLine line;
  line.time_ns = number_of<std::uint64_t>(json, "time_ns");
  line.process = number_of<std::int32_t>(json, "pid");
  line.thread = number_of<std::int32_t>(json, "thread");
  line.step = text_of(json, "step");
  line.outcome = text_of(json, "outcome");
  line.unsayable = text_of(json, "unsayable");
  line.note = text_of(json, "note");
  line.lost = number_of<std::uint64_t>(json, "lost");
  const auto start = json.find("trace");
  if (start != json.end() && start->is_object()) {
    line.start = {text_of(*start, "data_model"), number_of<std::uint32_t>(*start, "tasks"),
                  number_of<std::uint32_t>(*start, "processes")};
  }
  const bool says_something =
      !line.step.empty() || !line.note.empty() || line.lost > 0 || line.start.has_value();
  return says_something ? std::optional(std::move(line)) : std::nullopt;
}

std::string describe(const TraceLine& line, std::uint64_t since_ns) {
  if (line.start) return "";
  if (line.lost > 0) return fmt::format("{:>12}  # {} events lost", "", line.lost);
  const std::uint64_t time = line.time_ns - std::min(line.time_ns, since_ns);
  std::string who = line.process == 0 ? "" : std::to_string(line.process);
  if (line.thread != line.process) who += fmt::format("/{}", line.thread);
  std::string text = fmt::format("{:12.6f}  {:>7}  ", static_cast<double>(time) / 1e9, who);
  if (!line.note.empty()) return text + "# " + line.note;
  text += fmt::format("{} -> {}", shortened(line.step), shortened(line.outcome));
  return line.unsayable.empty() ? text : fmt::format("{}  # {}", text, line.unsayable);
}

}  // namespace touchstone::daemon
