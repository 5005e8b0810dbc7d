#include "fuzz/seeds_parcel.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "conformance/userspace/vector_file.h"
#include "fuzz/parcel_input.h"

namespace touchstone::fuzz {
namespace {

using userspace::ParcelApi;
using userspace::ParcelOperation;
using userspace::ParcelSequence;
using userspace::ParcelVector;
using userspace::ParcelVerb;

// What was added to a vector to show what it left; an input of a message has no such steps.
bool is_showing(const ParcelOperation& operation) {
  return operation.verb == ParcelVerb::show_data || operation.verb == ParcelVerb::show_table ||
         operation.verb == ParcelVerb::free_buffers;
}

// What of the vector an input can mean; none where that is not all.
std::optional<std::string> input_of(const ParcelVector& vector) {
  ParcelSequence sequence = vector.operations;
  while (!sequence.empty() && is_showing(sequence.back())) sequence.pop_back();
  const auto bytes = encode_parcel_input(vector.api, vector.data_model, sequence);
  if (!bytes) return std::nullopt;
  return std::string(bytes->begin(), bytes->end());
}

}  // namespace

std::expected<std::vector<Seed>, std::string> parcel_seeds(const std::filesystem::path& root,
                                                           ParcelSeeds which) {
  std::vector<Seed> seeds;
  std::set<std::string> inputs;
  for (const ParcelApi api : {ParcelApi::legacy, ParcelApi::newer}) {
    for (const DataModel data_model : {DataModel::ilp32, DataModel::lp64}) {
      const auto vectors =
          userspace::load_parcel_vectors(root / "corpora/golden/marshalling", api, data_model);
      if (!vectors) return std::unexpected(vectors.error());
      for (const ParcelVector& vector : *vectors) {
        const bool is_message = vector.operations.front().verb == ParcelVerb::message;
        if (which == ParcelSeeds::messages && !is_message) continue;
        auto input = input_of(vector);
        if (!input || !inputs.insert(*input).second) continue;
        const std::string stem = vector.file.substr(0, vector.file.find('.'));
        seeds.push_back({fmt::format("{}-{}", stem, vector.line), *std::move(input)});
      }
    }
  }
  std::ranges::sort(seeds, {}, &Seed::name);
  return seeds;
}

}  // namespace touchstone::fuzz
