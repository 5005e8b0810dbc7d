// seeds_services.h: requests to the service manager as inputs of the target service_manager.
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <vector>

#include "fuzz/seeds.h"

namespace touchstone::fuzz {

// By chance from fixed numbers, and of those the ones that the reference carries a request out of.
// `root` holds the interface description.
std::expected<std::vector<Seed>, std::string> services_seeds(const std::filesystem::path& root);

}  // namespace touchstone::fuzz
