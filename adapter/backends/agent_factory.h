// agent_factory.h: the backends that are named `agent:..` and `device:PATH`: opens the line, hears
// what the agent says of itself, and gives fresh instances.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapter/backend.h"
#include "adapter/backends/agent_backend.h"
#include "adapter/backends/agent_link.h"

namespace touchstone {

// `agent:exec:COMMAND`, `agent:unix:PATH`, `agent:tcp:HOST:PORT`, `agent:serial:DEVICE`,
// `device:PATH`.
// True for those alone.
bool is_agent_spec(const std::string& given);

// Opens it once to hear what there is.  Or one sentence on what is wrong, beginning with `given`.
// An agent is started, connected to or, on a serial line, greeted anew for each instance.  There
// may be many at one time where the agent says that the implementation, too, is new for each.
std::expected<std::unique_ptr<BackendFactory>, std::string> open_agent(
    const std::string& given, const AgentOptions& options = {});

// The same for lines that are opened in another way, one for each instance.
using StreamOpener = std::function<OpenedStream()>;
std::expected<std::unique_ptr<BackendFactory>, std::string> open_agent_at(
    const std::string& name, StreamOpener opener, const AgentOptions& options = {});

// A program that a backend needs: the one that the variable of the environment names, or the one
// installed with this program, or built with it.
std::string program_of_ours(const char* variable, const std::string& name);

// The one that plays on a device of this machine; $TOUCHSTONE_AGENT.
std::string agent_program();

}  // namespace touchstone
