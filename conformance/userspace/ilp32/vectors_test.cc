// Every vector of this program's data model through the C functions of the reference's shared
// objects.  Built as a 32-bit program by ci/m32: elsewhere ILP32 is played by the C++ API alone.
#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>
#include <string>

#include "conformance/userspace/parcel_expectation.h"
#include "conformance/userspace/parcel_library.h"
#include "conformance/userspace/vector_file.h"

namespace touchstone::userspace {
namespace {

// One of what the operation may show, or what else came.
std::string trouble_of(const ParcelVector& vector, std::size_t step, const ParcelShown& shown) {
  for (const ParcelExpectation& expected : vector.expected[step]) {
    if (shown.lacks.empty() && differing(expected, shown).empty()) return {};
  }
  return vector.file + ":" + std::to_string(vector.line) + " " + vector.name + ", operation " +
         std::to_string(step) + ": not " +
         expectation_text(vector.operations[step], vector.expected[step].front(),
                          vector.data_model);
}

void expect_all_hold(ParcelApi api, const std::string& library_file, std::size_t vectors_least) {
  const std::filesystem::path folder =
      std::filesystem::path(TOUCHSTONE_SOURCE_DIR) / "corpora/golden/marshalling";
  const auto vectors = load_parcel_vectors(folder, api, host_data_model);
  ASSERT_TRUE(vectors) << vectors.error();
  EXPECT_GE(vectors->size(), vectors_least);
  const auto library = ParcelLibrary::load(TOUCHSTONE_ILP32_LIBRARIES "/" + library_file, api);
  ASSERT_TRUE(library) << library.error();
  for (const ParcelVector& vector : *vectors) {
    const auto port = library->make_port();
    for (std::size_t i = 0; i < vector.operations.size(); ++i) {
      EXPECT_EQ(trouble_of(vector, i, port->perform(vector.operations[i])), "");
    }
  }
}

// The functions as they are, and under ASan+UBSan.
class NativeVectors : public testing::TestWithParam<std::string> {};

TEST_P(NativeVectors, AllHoldThroughTheLegacyFunctions) {
  expect_all_hold(ParcelApi::legacy, GetParam() + "/liteipc.so", 1253);
}

TEST_P(NativeVectors, AllHoldThroughTheNewerFunctions) {
  expect_all_hold(ParcelApi::newer, GetParam() + "/liteipc_newer.so", 294);
}

INSTANTIATE_TEST_SUITE_P(Of, NativeVectors, testing::Values("plain", "sanitized"));

}  // namespace
}  // namespace touchstone::userspace
