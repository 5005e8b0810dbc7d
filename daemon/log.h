// log.h: what the daemon says while it runs: one line for each event, `key=value` in logfmt, to
// stderr, where a service manager takes it.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace touchstone::daemon {

enum class LogLevel : std::uint8_t { error, warning, info, debug };

// "error", "warning", "info" or "debug"; else what was expected.
std::expected<LogLevel, std::string> parse_log_level(std::string_view text);

class Log {
 public:
  explicit Log(LogLevel level) : level_(level) {}

  // One value, quoted where it needs to be.
  static std::string value(std::string_view text);

  // `fields` is "key=value key=value"; texts from outside go through value().
  template <typename... Arguments>
  void write(LogLevel level, std::string_view event, fmt::format_string<Arguments...> fields,
             Arguments&&... arguments) const {
    if (level <= level_)
      put(level, event, fmt::format(fields, std::forward<Arguments>(arguments)...));
  }

 private:
  static void put(LogLevel level, std::string_view event, std::string_view fields);

  LogLevel level_;
};

}  // namespace touchstone::daemon
