// What inputs mean as parcels: any bytes something, the same to both targets, and back.
#include "fuzz/parcel_input.h"

#include <gtest/gtest.h>

#include <string>

#include "conformance/userspace/vector_file.h"
#include "fuzz/test_inputs.h"

namespace touchstone::fuzz {
namespace {

using userspace::ParcelApi;
using userspace::ParcelSequence;
using userspace::ParcelType;
using userspace::ParcelVerb;

constexpr std::uint64_t inputs = 3000;

TEST(ParcelInput, KnowsEveryTypeOfBothApis) {
  for (const ParcelApi api : {ParcelApi::legacy, ParcelApi::newer}) {
    std::vector<ParcelType> types;
    const std::size_t count = api == ParcelApi::legacy ? legacy_types : std::size(newer_types);
    for (std::size_t byte = 0; byte < count; ++byte) {
      types.push_back(parcel_type(api == ParcelApi::newer, static_cast<std::uint8_t>(byte)));
    }
    EXPECT_EQ(types, userspace::parcel_types_of(api));
  }
}

TEST(ParcelInput, OfAnyBytesIsEncodedAndDecodedAsTheSame) {
  for (std::uint64_t number = 0; number < inputs; ++number) {
    const std::vector<std::uint8_t> bytes = some_input(number, 120);
    for (const ParcelApi api : {ParcelApi::legacy, ParcelApi::newer}) {
      for (const DataModel model : {DataModel::ilp32, DataModel::lp64}) {
        const ParcelSequence sequence = decode_parcel_input(bytes, api, model);
        ASSERT_FALSE(sequence.empty());
        const auto encoded = encode_parcel_input(api, model, sequence);
        ASSERT_TRUE(encoded) << number;
        EXPECT_EQ(decode_parcel_input(*encoded, api, model), sequence) << number;
      }
    }
  }
}

TEST(ParcelInput, IsTheSameMessageToBothTargets) {
  std::size_t messages = 0;
  for (std::uint64_t number = 0; number < inputs; ++number) {
    const std::vector<std::uint8_t> bytes = some_input(number, 120);
    if (bytes.empty() || (bytes[0] & parcel_is_written) != 0) continue;
    const MessageInput message = message_input(bytes);
    const ParcelApi api = message.is_newer ? ParcelApi::newer : ParcelApi::legacy;
    const ParcelSequence sequence = decode_parcel_input(bytes, api, message.data_model);
    EXPECT_EQ(sequence.front().bytes.size(), message.data.size());
    EXPECT_EQ(sequence.front().offsets.size(), message.entries());
    ++messages;
  }
  EXPECT_GT(messages, inputs / 4);
}

TEST(ParcelInput, SaysWhatMostVectorsSay) {
  std::size_t said = 0;
  std::size_t all = 0;
  const std::string folder = TOUCHSTONE_SOURCE_DIR "/corpora/golden/marshalling";
  for (const ParcelApi api : {ParcelApi::legacy, ParcelApi::newer}) {
    const auto vectors = userspace::load_parcel_vectors(folder, api, DataModel::lp64);
    ASSERT_TRUE(vectors);
    for (const userspace::ParcelVector& vector : *vectors) {
      ParcelSequence sequence = vector.operations;
      while (sequence.back().verb == ParcelVerb::show_data ||
             sequence.back().verb == ParcelVerb::show_table) {
        sequence.pop_back();
      }
      if (encode_parcel_input(api, DataModel::lp64, sequence)) ++said;
      ++all;
    }
  }
  EXPECT_GT(said * 10, all * 6) << said << " of " << all;
}

}  // namespace
}  // namespace touchstone::fuzz
