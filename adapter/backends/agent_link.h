// agent_link.h: opens a line to an agent: a program started here, a socket, a serial line.  Says
// nothing on it.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "adapter/backends/agent_stream.h"

namespace touchstone {

// Or why there is none, in words.
using OpenedStream = std::expected<std::unique_ptr<AgentStream>, std::string>;

// Starts a program whose standard input and output are the line.  When the stream goes, the line is
// closed, at which an agent ends by itself; what has not ended soon after is killed.
OpenedStream start_agent_program(const std::vector<std::string>& words);

OpenedStream connect_to_path(const std::string& path);
OpenedStream connect_to_port(const std::string& host, const std::string& port);
// 115200 8N1.
OpenedStream open_serial_line(const std::string& device);

}  // namespace touchstone
