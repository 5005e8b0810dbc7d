#include "daemon/log.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>

namespace touchstone::daemon {
namespace {

constexpr std::array<std::string_view, 4> level_names{"error", "warning", "info", "debug"};

bool is_plain(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) != 0 ||
         std::string_view("_-./:+").contains(letter);
}

}  // namespace

std::expected<LogLevel, std::string> parse_log_level(std::string_view text) {
  const auto found = std::ranges::find(level_names, text);
  if (found == level_names.end()) {
    return std::unexpected(fmt::format("expected error, warning, info or debug, found `{}`", text));
  }
  return static_cast<LogLevel>(found - level_names.begin());
}

std::string Log::value(std::string_view text) {
  if (!text.empty() && std::ranges::all_of(text, is_plain)) return std::string(text);
  std::string quoted = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') {
      quoted += {'\\', letter};
    } else if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) {
      quoted += fmt::format("\\x{:02x}", static_cast<unsigned char>(letter));
    } else {
      quoted += letter;
    }
  }
  return quoted + "\"";
}

// Nothing can be done about a log that nobody takes.
void Log::put(LogLevel level, std::string_view event, std::string_view fields) {
  const std::string line =
      fmt::format("level={} event={}{}{}\n", level_names[static_cast<std::size_t>(level)], event,
                  fields.empty() ? "" : " ", fields);
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace touchstone::daemon
