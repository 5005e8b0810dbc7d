// agent_backend.h: an implementation at the other end of a line, behind the port: each call is an
// order to an agent (agent/), which plays it on a device there.  Opens nothing; agent_link.h does.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "adapter/backend.h"
#include "adapter/backends/agent_session.h"

namespace touchstone {

// What an agent says of itself when a conversation begins.
struct AgentHello {
  BackendInfo info;
  bool fresh = false;  // the implementation itself began with the instance
};

// Begins the conversation.  Or why it cannot be: the line, or an agent that states what cannot be.
std::expected<AgentHello, std::string> begin_conversation(AgentSession& session);

// An instance, once the conversation has begun.
std::unique_ptr<Backend> make_agent_backend(std::unique_ptr<AgentSession> session,
                                            const AgentHello& hello);

// An instance that is lost from the start.
std::unique_ptr<Backend> make_lost_backend(const BackendInfo& info, std::string reason);

}  // namespace touchstone
