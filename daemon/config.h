// config.h: the daemon's settings, from a TOML file; liteipcd.toml shows each with its default.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/broker.h"
#include "daemon/log.h"
#include "daemon/protocol.h"

namespace touchstone::daemon {

struct Config {
  std::string socket = LITEIPCD_SOCKET_DEFAULT;
  unsigned socket_mode = 0666;  // who may connect
  LogLevel log_level = LogLevel::info;
  kernel::DataModel data_model = kernel::DataModel::lp64;
  Limits limits;
  // The text of the file that the service manager's setting names, which is right; none: the daemon
  // has no service manager of its own.
  std::optional<std::string> bindings;
};

// What is wrong in words that begin with the file's name and the line: not TOML, a key that there
// is not, a value of another type or out of its range; for bindings (spec 14) with their own file,
// line and column.
std::expected<Config, std::string> read_config(const std::string& path);

// One of the settings that are words: log_level or data_model.
std::expected<void, std::string> set_word(Config& config, std::string_view key,
                                          std::string_view text);

}  // namespace touchstone::daemon
