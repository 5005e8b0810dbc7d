// seeds_parcel.h: the recorded vectors of parcels as inputs of the parcel targets.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <vector>

#include "fuzz/seeds.h"

namespace touchstone::fuzz {

enum class ParcelSeeds : std::uint8_t {
  messages,  // those that are read
  all,       // those that are written, too
};

// No two mean the same.  `root` holds corpora.
std::expected<std::vector<Seed>, std::string> parcel_seeds(const std::filesystem::path& root,
                                                           ParcelSeeds which);

}  // namespace touchstone::fuzz
