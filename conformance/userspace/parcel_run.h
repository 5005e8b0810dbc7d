// parcel_run.h: all vectors, and properties of sequences made by chance, on an implementation of
// parcels; appends a result for each.  Scripts are played elsewhere (script_run.h).
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <vector>

#include "conformance/result.h"
#include "conformance/userspace/parcel_play.h"
#include "conformance/userspace/stage.h"

namespace touchstone::userspace {

struct ParcelRunOptions {
  ParcelSource source{};
  std::filesystem::path vectors{};  // the folder
  std::size_t sequences = 2000;     // of each property
  std::uint64_t seed = 1;
  std::filesystem::path reproducers{};  // where C programs are written; empty: nowhere
  // The command that a replay begins with, and what must stand behind the name.
  std::string replay_command{};
  std::string replay_flags{};
};

// One result for each vector that is wanted: "vectors/push_lp64/char_0".  An error is a vector or a
// folder that cannot be read.  Fills in `result.lost` when the library cannot be used any more.
std::expected<void, std::string> run_parcel_vectors(const ParcelRunOptions& options,
                                                    const MoreContext& context, RunResult& result);

// One result for each property that holds, "property/round-trip", or for each clause that it finds
// broken, "property/round-trip/PCL-10", with the shortest sequence that still breaks it.
std::expected<void, std::string> run_parcel_properties(const ParcelRunOptions& options,
                                                       const MoreContext& context,
                                                       RunResult& result);

}  // namespace touchstone::userspace
