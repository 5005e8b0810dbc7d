#include "daemon/config.h"

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <fmt/format.h>
#include <toml++/toml.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "reference/kernel/limits.h"
#include "reference/services/bindings.h"

namespace touchstone::daemon {
namespace {

// Reads one file's table; the first thing that is wrong stays.
class ConfigReader {
 public:
  explicit ConfigReader(std::string path) : path_(std::move(path)) {}

  std::expected<Config, std::string> read() {
    const toml::parse_result parsed = toml::parse_file(path_);
    if (!parsed) {
      const toml::parse_error& error = parsed.error();
      fail(error.source().begin.line, std::string(error.description()));
      return std::unexpected(error_);
    }
    for (const auto& [key, node] : parsed.table()) read_top(key.str(), node);
    if (!error_.empty()) return std::unexpected(error_);
    return config_;
  }

 private:
  void fail(std::uint32_t line, const std::string& what) {
    if (error_.empty()) error_ = fmt::format("{}:{}: {}", path_, line, what);
  }
  void fail(const toml::node& node, const std::string& what) {
    fail(node.source().begin.line, what);
  }

  std::optional<std::string> text(std::string_view key, const toml::node& node) {
    auto value = node.value_exact<std::string>();
    if (!value) fail(node, fmt::format("{}: expected a text", key));
    return value;
  }

  void number(std::string_view key, const toml::node& node, std::int64_t least, std::int64_t most,
              std::uint32_t& into) {
    const auto value = node.value_exact<std::int64_t>();
    if (!value || *value < least || *value > most) {
      return fail(node, fmt::format("{}: expected a number from {} to {}", key, least, most));
    }
    into = static_cast<std::uint32_t>(*value);
  }

  void read_top(std::string_view key, const toml::node& node) {
    if (key == "limits") {
      const toml::table* const limits = node.as_table();
      if (limits == nullptr) return fail(node, "limits: expected a table, [limits]");
      for (const auto& [name, limit] : *limits) read_limit(name.str(), limit);
      return;
    }
    if (key == "service_manager") {
      const toml::table* const manager = node.as_table();
      if (manager == nullptr) return fail(node, "service_manager: expected a table");
      for (const auto& [name, setting] : *manager) read_service_manager(name.str(), setting);
      return;
    }
    if (key == "socket_mode") return number(key, node, 0, 0777, config_.socket_mode);
    if (key != "socket" && key != "log_level" && key != "data_model") {
      return fail(node, fmt::format("{}: is no setting", key));
    }
    const auto value = text(key, node);
    if (!value) return;
    if (key == "socket") {
      config_.socket = *value;
    } else if (const auto set = set_word(config_, key, *value); !set) {
      fail(node, set.error());
    }
  }

  void read_limit(std::string_view key, const toml::node& node) {
    Limits& limits = config_.limits;
    if (key == "tasks") return number(key, node, kernel::first_user_task + 1, 65536, limits.tasks);
    if (key == "processes") {
      return number(key, node, kernel::first_user_process + 1, 65536, limits.processes);
    }
    if (key == "threads_per_process") {
      return number(key, node, 1, 65536, limits.threads_per_process);
    }
    if (key == "descriptors_per_process") {
      return number(key, node, 0, 65536, limits.descriptors_per_process);
    }
    if (key == "descriptors") return number(key, node, 0, 1 << 20, limits.descriptors);
    fail(node, fmt::format("limits.{}: is no setting", key));
  }

  // The file is looked for beside this one.
  void read_service_manager(std::string_view key, const toml::node& node) {
    if (key != "bindings") return fail(node, fmt::format("service_manager.{}: is no setting", key));
    const auto value = text(key, node);
    if (!value) return;
    const auto path = std::filesystem::path(path_).parent_path() / *value;
    std::ifstream file(path);
    std::string all{std::istreambuf_iterator<char>(file), {}};
    if (!file) return fail(node, fmt::format("{}: {}: cannot be read", key, path.string()));
    const auto bindings = services::Bindings::parse(all);
    if (!bindings && error_.empty()) {
      const services::BindingsError& error = bindings.error();
      error_ = fmt::format("{}:{}:{}: {}", path.string(), error.line, error.column, error.reason);
    }
    config_.bindings = std::move(all);
  }

  const std::string path_;
  Config config_;
  std::string error_;
};

}  // namespace

std::expected<void, std::string> set_word(Config& config, std::string_view key,
                                          std::string_view text) {
  if (key == "log_level") {
    const auto level = parse_log_level(text);
    if (!level) return std::unexpected("log_level: " + level.error());
    config.log_level = *level;
    return {};
  }
  if (text != "ilp32" && text != "lp64") {
    return std::unexpected(fmt::format("data_model: expected ilp32 or lp64, found `{}`", text));
  }
  config.data_model = text == "lp64" ? kernel::DataModel::lp64 : kernel::DataModel::ilp32;
  return {};
}

std::expected<Config, std::string> read_config(const std::string& path) {
  return ConfigReader(path).read();
}

}  // namespace touchstone::daemon
