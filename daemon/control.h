// control.h: what liteipcctl asks a running daemon: one line of text in, JSON out.
#pragma once

#include <string>
#include <string_view>

#include "daemon/broker.h"

namespace touchstone::daemon {

// "status", "clients" or "services"; an object with the member "error" for anything else.  A trace
// is asked for in the same way, see trace.h.
std::string answer_control(std::string_view question, const Broker& broker);

}  // namespace touchstone::daemon
