#include "adapter/backends/daemon_factory.h"

#include <stdlib.h>

#include <vector>

#include "adapter/backends/agent_factory.h"
#include "adapter/backends/agent_link.h"

namespace touchstone {
namespace {

constexpr std::string_view prefix = "daemon:";

}  // namespace

bool is_daemon_spec(std::string_view given) { return given.starts_with(prefix); }

std::expected<std::unique_ptr<BackendFactory>, std::string> open_daemon(const std::string& given) {
  std::vector<std::string> words{
      program_of_ours("TOUCHSTONE_LITEIPCD_AGENT", "touchstone-liteipcd-agent")};
  if (given.size() > prefix.size()) {
    words.insert(words.end(), {"--socket", given.substr(prefix.size())});
  }
  return open_agent_at(given, [words] { return start_agent_program(words); });
}

}  // namespace touchstone
