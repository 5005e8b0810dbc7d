// daemon_factory.h: the backends that are named `daemon:`, a liteipcd of its own for each instance,
// and `daemon:SOCKET`, one that runs.  An agent plays on them through the client library.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "adapter/backend.h"

namespace touchstone {

bool is_daemon_spec(std::string_view given);

// Starts one to hear what there is.  Or one sentence on what is wrong, beginning with `given`.
std::expected<std::unique_ptr<BackendFactory>, std::string> open_daemon(const std::string& given);

}  // namespace touchstone
