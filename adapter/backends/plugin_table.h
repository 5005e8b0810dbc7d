// plugin_table.h: is the table that a plug-in gave one that can be used?  Reads it, calls nothing.
#pragma once

#include <expected>
#include <string>

#include "adapter/backend.h"
#include "touchstone/plugin.h"

namespace touchstone {

// A copy of `table` with the fields that it does not have at 0, or what is wrong with it.
std::expected<touchstone_plugin_table, std::string> check_plugin_table(
    const touchstone_plugin_table* table);

// What a checked table says of itself.
BackendInfo describe_plugin(const touchstone_plugin_table& table);

}  // namespace touchstone
