#include "adapter/backends/agent_factory.h"

#include <stdlib.h>

#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

namespace touchstone {
namespace {

namespace fs = std::filesystem;

using StreamOpener = std::function<OpenedStream()>;

constexpr std::uint32_t lines_at_one_time = 1024;

// A program that a backend needs: the one that the variable of the environment names, or the one
// installed with this program, or built with it.
std::string program_of_ours(const char* variable, const std::string& name) {
  if (const char* given = ::getenv(variable); given != nullptr && *given != '\0') return given;
  std::error_code error;
  const fs::path here = fs::read_symlink("/proc/self/exe", error).parent_path();
  const fs::path installed = here / "../libexec/touchstone" / name;
  return (fs::exists(installed, error) ? installed : here / name).string();
}

// Plays on a device of this machine.
std::string agent_program() { return program_of_ours("TOUCHSTONE_AGENT", "touchstone-agent"); }

// Plays on liteipcd through the client library; unless it is told a socket, on one of its own.
std::string daemon_agent_program() {
  return program_of_ours("TOUCHSTONE_LITEIPCD_AGENT", "touchstone-liteipcd-agent");
}

struct Opened {
  std::unique_ptr<AgentSession> session;
  AgentHello hello;
};

class AgentFactory : public BackendFactory {
 public:
  AgentFactory(StreamOpener opener, std::uint32_t lines_max, const AgentOptions& options,
               Opened first)
      : opener_(std::move(opener)),
        lines_max_(lines_max),
        options_(options),
        hello_(first.hello),
        first_(std::move(first.session)) {}

  const BackendInfo& info() const override { return hello_.info; }
  bool needs_isolation() const override { return false; }
  // Those of one device see each other.
  std::uint32_t instances_max() const override { return hello_.fresh ? lines_max_ : 1; }

  // May be called by several threads.  The first instance has the line that is open already.
  std::unique_ptr<Backend> create() override {
    if (auto first = take_first()) return make_agent_backend(std::move(first), hello_);
    auto opened = open(opener_, options_);
    if (!opened) return make_lost_backend(hello_.info, opened.error());
    return make_agent_backend(std::move(opened->session), opened->hello);
  }

  static std::expected<Opened, std::string> open(const StreamOpener& opener,
                                                 const AgentOptions& options) {
    auto stream = opener();
    if (!stream) return std::unexpected(stream.error());
    auto session = std::make_unique<AgentSession>(*std::move(stream), options);
    auto hello = begin_conversation(*session);
    if (!hello) return std::unexpected(hello.error());
    return Opened{std::move(session), *std::move(hello)};
  }

 private:
  std::unique_ptr<AgentSession> take_first() {
    const std::lock_guard lock(mutex_);
    return std::exchange(first_, nullptr);
  }

  const StreamOpener opener_;
  const std::uint32_t lines_max_;
  const AgentOptions options_;
  const AgentHello hello_;
  std::mutex mutex_;
  std::unique_ptr<AgentSession> first_;
};

// What stands behind the prefix, if it is that.
std::optional<std::string> behind(const std::string& given, std::string_view prefix) {
  if (!given.starts_with(prefix) || given.size() == prefix.size()) return std::nullopt;
  return given.substr(prefix.size());
}

std::optional<StreamOpener> opener_of(const std::string& given) {
  if (const auto command = behind(given, "agent:exec:")) {
    return [command] { return start_agent_program({"/bin/sh", "-c", *command}); };
  }
  if (const auto path = behind(given, "agent:unix:")) {
    return [path] { return connect_to_path(*path); };
  }
  if (const auto where = behind(given, "agent:tcp:")) {
    const std::size_t colon = where->rfind(':');
    if (colon == std::string::npos) return std::nullopt;
    return [where, colon] {
      return connect_to_port(where->substr(0, colon), where->substr(colon + 1));
    };
  }
  if (const auto device = behind(given, "agent:serial:")) {
    return [device] { return open_serial_line(*device); };
  }
  if (const auto path = behind(given, "device:")) {
    return [path] { return start_agent_program({agent_program(), "--device", *path}); };
  }
  if (given == "daemon:") return [] { return start_agent_program({daemon_agent_program()}); };
  if (given == "daemon:ilp32") {
    return [] { return start_agent_program({daemon_agent_program(), "--ilp32"}); };
  }
  if (const auto socket = behind(given, "daemon:")) {
    return [socket] { return start_agent_program({daemon_agent_program(), "--socket", *socket}); };
  }
  return std::nullopt;
}

}  // namespace

bool is_agent_spec(const std::string& given) { return opener_of(given).has_value(); }

std::expected<std::unique_ptr<BackendFactory>, std::string> open_agent(
    const std::string& given, const AgentOptions& options) {
  const auto opener = opener_of(given);
  if (!opener) {
    return std::unexpected(given +
                           ": expected agent:exec:COMMAND, agent:unix:PATH, agent:tcp:HOST:PORT, "
                           "agent:serial:DEVICE, device:PATH, daemon:, daemon:ilp32 or "
                           "daemon:SOCKET");
  }
  auto first = AgentFactory::open(*opener, options);
  if (!first) return std::unexpected(given + ": " + first.error());
  const std::uint32_t lines_max = given.starts_with("agent:serial:") ? 1 : lines_at_one_time;
  return std::make_unique<AgentFactory>(*opener, lines_max, options, *std::move(first));
}

}  // namespace touchstone
