// plugin_backend.h: an implementation in a shared object, behind the port.  Loads it, checks its
// table (include/touchstone/plugin.h) and hands calls through; judges no answer of the kernel's,
// only what breaks the interface itself, which makes the backend `lost`.
#pragma once

#include <chrono>
#include <expected>
#include <memory>
#include <string>

#include "adapter/backend.h"

namespace touchstone {

struct PluginOptions {
  // Longest time that loading may take; it is first tried in a child process, as it runs code.
  std::chrono::milliseconds load_time_max{10000};
};

// Gives a factory that needs isolation, or one sentence on what is wrong, starting with `path`; the
// first that holds of: crashes, hangs or exits while it is loaded; cannot be loaded; has no symbol
// touchstone_plugin; gives no table; another interface version; table too small; a name, a version,
// a required function or a stated capability's function is missing; unknown data model or
// capability; limits or addresses that cannot be.  The library is never unloaded.
std::expected<std::unique_ptr<BackendFactory>, std::string> load_plugin(
    const std::string& path, const PluginOptions& options = {});

}  // namespace touchstone
