// liteipcd: LiteIPC for programs on this machine.
#include <sys/resource.h>
#include <systemd/sd-daemon.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstring>
#include <optional>
#include <utility>

#include "daemon/config.h"
#include "daemon/log.h"
#include "daemon/packet_socket.h"
#include "daemon/server.h"
#include "daemon/service_manager_task.h"

namespace touchstone::daemon {
namespace {

// As many descriptors as the machine lets us have: each connection and process takes one.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// The socket that a service manager has made for us, else our own.
std::expected<UniqueFd, std::string> listener_of(const Config& config) {
  const int given = sd_listen_fds(1);
  if (given > 1) return std::unexpected(fmt::format("{} sockets were given, expected one", given));
  if (given == 1) {
    UniqueFd listener(SD_LISTEN_FDS_START);
    if (sd_is_socket_unix(listener.get(), SOCK_SEQPACKET, 1, nullptr, 0) <= 0) {
      return std::unexpected("the socket that was given is no Unix SOCK_SEQPACKET that listens");
    }
    return listener;
  }
  return listen_at(config.socket, config.socket_mode);
}

int run(const Config& config) {
  const Log log(config.log_level);
  const bool is_own_socket = sd_listen_fds(0) == 0;
  raise_descriptor_limit();
  auto listener = listener_of(config);
  if (!listener) {
    log.write(LogLevel::error, "cannot-listen", "reason={}", Log::value(listener.error()));
    return 1;
  }
  Server server(config.data_model, config.limits, std::move(*listener), log);
  std::optional<ServiceManagerTask> manager;
  if (config.bindings) {
    manager.emplace(server.broker(), *config.bindings);
    if (const std::int64_t error = manager->start({getpid(), geteuid(), getegid()}); error < 0) {
      log.write(LogLevel::error, "cannot-start", "reason={}",
                Log::value(std::strerror(static_cast<int>(-error))));
      return 1;
    }
  }
  log.write(LogLevel::info, "ready", "socket={} tasks={} processes={} service_manager={}",
            Log::value(config.socket), config.limits.tasks, config.limits.processes,
            manager.has_value());
  sd_notify(0, "READY=1");
  server.run();
  if (is_own_socket) unlink(config.socket.c_str());
  sd_notify(0, "STOPPING=1");
  log.write(LogLevel::info, "stopped", "");
  return 0;
}

}  // namespace
}  // namespace touchstone::daemon

int main(int argc, char** argv) {
  using namespace touchstone::daemon;
  CLI::App app("LiteIPC for programs on this machine", "liteipcd");
  std::string file, socket, level, model;
  bool checks_only = false;
  app.add_option("--config", file, "a TOML file, see liteipcd.toml");
  app.add_option("--socket", socket, "where programs find the device, in place of the config's");
  app.add_option("--log-level", level, "error, warning, info or debug, in place of the config's");
  app.add_option("--data-model", model, "ilp32 or lp64, in place of the config's");
  app.add_flag("--check-config", checks_only, "say whether the config is right, and end");
  CLI11_PARSE(app, argc, argv);

  auto config = file.empty() ? std::expected<Config, std::string>(Config{}) : read_config(file);
  if (!config) {
    std::fprintf(stderr, "liteipcd: %s\n", config.error().c_str());
    return 2;
  }
  if (!socket.empty()) config->socket = socket;
  for (const auto& [key, text] : {std::pair("log_level", level), std::pair("data_model", model)}) {
    const auto set =
        text.empty() ? std::expected<void, std::string>() : set_word(*config, key, text);
    if (!set) {
      std::fprintf(stderr, "liteipcd: %s\n", set.error().c_str());
      return 2;
    }
  }
  if (checks_only) return 0;
  return run(*config);
}
