#include "conformance/userspace/payloads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "adapter/hex_text.h"
#include "conformance/userspace/services_messages.h"

namespace touchstone::userspace {
namespace {

constexpr std::string_view camera =
    "interface camera\n"
    "request zoom refusal=-9\n"
    "  uint32 kind = 7 else -1\n"
    "  int16 level -2..2\n"
    "  string name 1..3 over -11\n"
    "  service object\n"
    "  uint32 n 2..2\n"
    "  repeat n\n"
    "    bytes point 1..4\n"
    "  end\n"
    "reply\n"
    "  int32 ret\n"
    "  uint32 n 0..2 if ret = 0\n"
    "  repeat n if ret = 0\n"
    "    bool ready\n"
    "  end\n"
    "end\n"
    "request other\n"
    "  uint32 kind = 8\n"
    "end\n";

class CameraPayloads : public testing::Test {
 protected:
  Payload valid(std::uint64_t seed, DataModel model = DataModel::ilp32) const {
    Choices choices(seed);
    return PayloadMaker(interface_, model, dictionary_).valid(zoom_, choices);
  }
  std::vector<Payload> broken(std::uint64_t seed) const {
    Choices choices(seed);
    return PayloadMaker(interface_, DataModel::ilp32, dictionary_).broken(zoom_, choices);
  }
  std::string reply_trouble(std::string_view hex) const {
    ServicesParcel answer;
    for (std::size_t at = 0; at < hex.size(); at += 2) {
      const std::string digits(hex.substr(at, 2));
      answer.data.push_back(static_cast<std::byte>(std::stoi(digits, nullptr, 16)));
    }
    return broken_reply_field(zoom_, DataModel::ilp32, answer).value_or("");
  }

  InterfaceDescription interface_ = parse_interface(camera).value();
  const InterfaceRequest& zoom_ = *interface_.find("zoom");
  Dictionary dictionary_{{"name", {"abc", "far too long"}}};
};

TEST_F(CameraPayloads, AreTheSameForTheSameChoices) {
  EXPECT_EQ(valid(1).parcel.data, valid(1).parcel.data);
  std::set<std::string> different;
  for (std::uint64_t seed = 0; seed < 50; ++seed)
    different.insert(hex_text(valid(seed).parcel.data));
  EXPECT_GT(different.size(), 20u);
}

TEST_F(CameraPayloads, HaveTheirConstantsAndObjectsInPlace) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const ServicesParcel parcel = valid(seed).parcel;
    EXPECT_EQ(hex_text(parcel.data).substr(0, 8), "07000000");
    ASSERT_EQ(parcel.offsets.size(), 1u);
    EXPECT_EQ(hex_text(std::span(parcel.data).subspan(parcel.offsets[0], 4)), "02000000");
  }
}

TEST_F(CameraPayloads, OfNoBytesAreThoseOfTheFirstChoices) {
  Choices none{std::span<const std::byte>()};
  const Payload payload =
      PayloadMaker(interface_, DataModel::ilp32, dictionary_).valid(zoom_, none);
  EXPECT_EQ(hex_text(payload.parcel.data),
            "07000000feffffff0300000061626300"
            "02000000000000000000000000000000"
            "02000000"
            "0100000061000000"
            "0100000061000000");
}

TEST_F(CameraPayloads, AreBrokenInEachWay) {
  std::multiset<std::string> names;
  for (const Payload& payload : broken(3)) names.insert(payload.broken);
  for (const char* const name :
       {"missing kind",    "cut kind",         "constant kind", "below level",
        "above level",     "below name",       "above name",    "claim name",
        "huge name",       "unended name",     "nul name",      "type object",
        "unlisted object", "misplaced object", "cut object",    "above n",
        "below n",         "count n",          "missing point", "claim point",
        "huge point",      "above point",      "extra"}) {
    EXPECT_TRUE(names.contains(name)) << name;
  }
  EXPECT_EQ(names.count("type object"), 3u);
}

TEST_F(CameraPayloads, ThatAreBrokenDifferFromTheValidOne) {
  const ServicesParcel right = valid(3).parcel;
  for (const Payload& payload : broken(3)) {
    const bool is_same =
        payload.parcel.data == right.data && payload.parcel.offsets == right.offsets;
    EXPECT_FALSE(is_same) << payload.broken;
    const bool is_constant = payload.broken.ends_with(" kind");
    const std::int32_t refusal = is_constant ? -1 : payload.broken == "above name" ? -11 : -9;
    EXPECT_EQ(payload.refusal, refusal) << payload.broken;
  }
}

TEST_F(CameraPayloads, HaveAConstantThatNoOtherRequestHas) {
  for (const Payload& payload : broken(3)) {
    if (payload.broken != "constant kind") continue;
    EXPECT_EQ(hex_text(payload.parcel.data).substr(0, 8), "09000000");
  }
}

TEST_F(CameraPayloads, TellWhichFieldOfAReplyIsBroken) {
  EXPECT_EQ(reply_trouble("f7ffffff"), "");
  EXPECT_EQ(reply_trouble("00000000"
                          "02000000"
                          "0000000001000000"),
            "");
  EXPECT_EQ(reply_trouble(""), "ret is not there");
  EXPECT_EQ(reply_trouble("f7ffffff00000000"), "more than its fields");
  EXPECT_EQ(reply_trouble("00000000"
                          "03000000"),
            "n is outside of its bounds");
  EXPECT_EQ(reply_trouble("00000000"
                          "01000000"),
            "ready is not there");
  EXPECT_EQ(reply_trouble("00000000"
                          "01000000"
                          "02000000"),
            "ready is outside of its bounds");
}

}  // namespace
}  // namespace touchstone::userspace
