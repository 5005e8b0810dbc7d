// The recorded byte images of the service manager's messages (corpora/golden/marshalling, vectors
// samgr_*): what a client sends, and what the reference manager answers.
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "adapter/hex_text.h"
#include "conformance/text_file.h"
#include "conformance/userspace/services_messages.h"
#include "conformance/userspace/services_player.h"
#include "conformance/userspace/services_reference.h"

namespace touchstone::userspace {
namespace {

struct Image {
  std::string data;
  std::string mask;
  std::vector<std::uint32_t> offsets;
};
using Images = std::map<std::string, Image>;

// Bytes that were never written are recorded as a5 where there is no mask.
std::string mask_of(const std::string& data) {
  std::string mask;
  for (std::size_t at = 0; at < data.size(); at += 2) {
    mask += data.compare(at, 2, "a5") == 0 ? "00" : "ff";
  }
  return mask;
}

void read_images(const std::string& file, const std::string& prefix, Images& images) {
  const std::filesystem::path root = TOUCHSTONE_SOURCE_DIR;
  const auto text = read_text_file(root / "corpora/golden/marshalling" / file);
  ASSERT_TRUE(text) << text.error();
  for (const std::string_view line : lines_of(*text)) {
    const auto vector = nlohmann::json::parse(line);
    const std::string name = vector.at("name");
    if (!name.starts_with(prefix)) continue;
    const std::string data = vector.at("data");
    images[name.substr(prefix.size())] = {data, vector.value("mask", mask_of(data)),
                                          vector.at("offsets")};
  }
}

// What was pushed; and what was popped again, of messages that are recorded only so.
Images recorded(DataModel model) {
  const std::string end = model == DataModel::ilp32 ? ".jsonl" : "_lp64.jsonl";
  Images images;
  read_images("pop" + end, "rt_samgr_", images);
  read_images("push" + end, "samgr_", images);
  return images;
}

class SamgrVectors : public testing::TestWithParam<DataModel> {
 protected:
  SamgrVectors() {
    EXPECT_TRUE(manager_->load_bindings(
        "name launcher uid=10001\n"
        "register uid=3 service=range\nregister uid=3 service=fixed\n"
        "reach uid=100-2147483647 service=range\n"
        "reach uid=2 service=fixed\nreach uid=3 service=fixed\nreach uid=8 service=fixed\n"
        "reach name=launcher service=fixed\ncapability a.b\ncapability c.d\n"));
  }

  // What is recorded is what there is, but for bytes that were never written.
  void expect(const std::string& name, const ServicesParcel& parcel) {
    ASSERT_TRUE(images_.contains(name)) << name;
    const Image& image = images_.at(name);
    std::string hex = hex_text(parcel.data);
    ASSERT_EQ(hex.size(), image.mask.size()) << name;
    for (std::size_t at = 0; at < hex.size(); ++at) {
      if (image.mask[at] == '0') hex[at] = image.data[at];
    }
    EXPECT_EQ(hex, image.data) << name;
    EXPECT_EQ(parcel.offsets, image.offsets) << name;
    images_.erase(name);
  }
  ServicesParcel answer(std::uint32_t user, ServicesParcel parcel) {
    return manager_
        ->handle({.process = user, .task = 11, .user = user, .parcel = std::move(parcel)})
        .value_or(ServicesParcel());
  }
  ServicesParcel feature(std::uint32_t option, const std::string& service,
                         std::optional<std::string> feature, std::optional<std::uint32_t> token) {
    return feature_request(GetParam(), option, service, feature, token);
  }
  ServicesParcel numbers(std::initializer_list<std::uint32_t> values) {
    return number_request(GetParam(), std::span(values.begin(), values.size()));
  }

  Images images_ = recorded(GetParam());
  ScriptedKernel kernel_;
  std::unique_ptr<ServicesFactory> factory_ = reference_services();
  std::unique_ptr<ServicesPort> manager_ = factory_->create(GetParam(), kernel_);
};

TEST_P(SamgrVectors, AreWhatIsSentAndAnswered) {
  const std::string capability = "SystemCapability.Test";
  expect("endpoint_post", numbers({0, 1}));
  expect("feature_get_nofeature", feature(0, "bundlems", {}, {}));
  expect("feature_get", feature(0, "bundlems", "BmsFeature", {}));
  expect("feature_put", feature(2, "abilityms", "AmsFeature", 1));
  expect("syscap_put", syscap_request(GetParam(), 2, capability, true));
  expect("syscap_get", syscap_request(GetParam(), 0, capability, std::nullopt));
  expect("syscap_all", numbers({2, 4, 0}));

  expect("reply_endpoint", answer(3, numbers({0, 1})));
  expect("reply_get_noservice", answer(100, feature(0, "range", {}, {})));
  expect("reply_put_range", answer(3, feature(2, "range", {}, 2)));
  expect("reply_put_fixed", answer(3, feature(2, "fixed", {}, 2)));
  expect("reply_get_ok", answer(100, feature(0, "range", {}, {})));
  answer(3, syscap_request(GetParam(), 2, "a.b", true));
  answer(3, syscap_request(GetParam(), 2, "c.d", true));
  expect("reply_syscap_all", answer(3, numbers({2, 4, 0})));
  for (const auto& [name, image] : images_) ADD_FAILURE() << name << " was not compared";
}

INSTANTIATE_TEST_SUITE_P(DataModels, SamgrVectors,
                         testing::Values(DataModel::ilp32, DataModel::lp64));

}  // namespace
}  // namespace touchstone::userspace
