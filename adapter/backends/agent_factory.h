// agent_factory.h: the backends that an agent plays on, named `agent:..`, `device:PATH` or
// `daemon:..`: opens the line, hears what the agent says of itself, and gives fresh instances.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "adapter/backend.h"
#include "adapter/backends/agent_backend.h"
#include "adapter/backends/agent_link.h"

namespace touchstone {

// True for `agent:exec:COMMAND`, `agent:unix:PATH`, `agent:tcp:HOST:PORT`, `agent:serial:DEVICE`,
// `device:PATH`, `daemon:SOCKET`, and `daemon:` and `daemon:ilp32`, a liteipcd of its own for each
// instance, for programs of 64 and of 32 bits.
bool is_agent_spec(const std::string& given);

// Opens it once to hear what there is.  Or one sentence on what is wrong, beginning with `given`.
// An agent is started, connected to or, on a serial line, greeted anew for each instance.  There
// may be many at one time where the agent says that the implementation, too, is new for each.
std::expected<std::unique_ptr<BackendFactory>, std::string> open_agent(
    const std::string& given, const AgentOptions& options = {});

}  // namespace touchstone
