#include "reference/services/bindings.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>
#include <vector>

namespace touchstone::services {
namespace {

Bindings bindings_of(std::string_view text) {
  auto read = Bindings::parse(text);
  EXPECT_TRUE(read) << read.error().line << ":" << read.error().column << " "
                    << read.error().reason;
  return read.value_or(Bindings());
}

// "2:9 `x` is no name", or "" where it is accepted.
std::string error_of(std::string_view text) {
  const auto read = Bindings::parse(text);
  if (read) return "";
  return std::to_string(read.error().line) + ":" + std::to_string(read.error().column) + " " +
         read.error().reason;
}

TEST(Bindings, AllowNothingWhereNothingIsDeclared) {
  const Bindings none = bindings_of("");
  EXPECT_FALSE(none.may_register(0, {"camera", ""}));
  EXPECT_EQ(none.provider_for(0, {"camera", ""}), nullptr);
  EXPECT_TRUE(none.policies_of({"camera", ""}).empty());
}

TEST(Bindings, NeedNoNewlineAtTheEnd) {
  EXPECT_TRUE(bindings_of("register uid=1 service=a").may_register(1, {"a", ""}));
}

TEST(Bindings, LeadToTheProviderOfTheFirstLineThatFits) {
  const Bindings bindings = bindings_of(
      "reach uid=5 service=a provider=b\n"
      "reach uid=0-9 service=a feature=f provider=b provider_feature=g\n"
      "reach uid=0-9 service=a\n");
  EXPECT_EQ(*bindings.provider_for(5, {"a", ""}), (ServiceName{"b", ""}));
  EXPECT_EQ(*bindings.provider_for(6, {"a", ""}), (ServiceName{"a", ""}));
  EXPECT_EQ(*bindings.provider_for(5, {"a", "f"}), (ServiceName{"b", "g"}));
  EXPECT_EQ(bindings.provider_for(10, {"a", ""}), nullptr);
}

TEST(Bindings, TellWhereAndWhyTheyAreMalformed) {
  EXPECT_EQ(error_of("register uid=1 service=a\nallow"),
            "2:1 unknown word `allow`; expected `name`, `register`, `reach` or `capability`");
  EXPECT_EQ(error_of("reach uid=1"), "1:12 `service=` is missing");
  EXPECT_EQ(error_of("reach uid=1 service=a  b"), "1:24 `b` is not expected here");
  EXPECT_EQ(error_of("reach uid=1 service=a uid=2"), "1:23 `uid=2`: this key stands twice");
  EXPECT_EQ(error_of("reach uid=x service=a"), "1:11 `x` is no user id from 0 to 2147483647");
  EXPECT_EQ(error_of("reach uid=2-1 service=a"), "1:11 the first user id is above the last");
  EXPECT_EQ(error_of("reach name=n service=a"), "1:12 `n` is declared by no `name` before");
  EXPECT_EQ(error_of("name n uid=1\nname n uid=1"), "2:6 `n` is declared twice");
  EXPECT_EQ(error_of("reach uid=1 service=a\nreach uid=1 service=a provider=b"),
            "2:1 never decides: a line before has these clients");
}

TEST(Bindings, TakeNamesOfUpTo255Bytes) {
  EXPECT_EQ(error_of("capability " + std::string(255, 'x')), "");
  EXPECT_EQ(error_of("capability " + std::string(256, 'x')).substr(0, 5), "1:12 ");
  EXPECT_NE(error_of("capability a\x01"), "");
  EXPECT_EQ(error_of("capability \xc3\xa4"), "");
}

TEST(Bindings, AdmitByPolicyWhomTheyLeadThere) {
  const Bindings bindings = bindings_of(
      "name n uid=70\n"
      "reach uid=10-20 service=a\nreach uid=0 service=a\nreach uid=30 service=a\n"
      "reach name=n service=a\nreach uid=40 service=other provider=a\n");
  const std::vector<Policy> policies = bindings.policies_of({"a", ""});
  EXPECT_EQ(policies.size(), 4u);
  for (UserId user = 0; user < 100; ++user) {
    const auto admitting = [user](const Policy& policy) { return admits(policy, user); };
    const bool is_admitted = std::ranges::any_of(policies, admitting);
    const bool is_led = bindings.provider_for(user, {"a", ""}) != nullptr ||
                        bindings.provider_for(user, {"other", ""}) != nullptr;
    EXPECT_EQ(is_admitted, is_led) << user;
  }
}

// Whatever the bytes, there is an answer, and a line and column inside the text.
TEST(Bindings, AnswerWhateverTheBytes) {
  const std::string words[] = {"register ",
                               "reach ",
                               "uid=1-5 ",
                               "name=n ",
                               "service=a ",
                               "\n",
                               "name n ",
                               "uid=3 ",
                               "#",
                               "provider=b ",
                               "=",
                               "feature=f",
                               "capability c",
                               std::string(1, '\0')};
  std::uint64_t state = 1;
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (int word = 0; word < 12; ++word) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      text += words[(state >> 33) % std::size(words)];
    }
    const auto read = Bindings::parse(text);
    if (read) continue;
    EXPECT_GE(read.error().line, 1u);
    EXPECT_LE(read.error().column, text.size() + 1);
    EXPECT_FALSE(read.error().reason.empty());
  }
}

}  // namespace
}  // namespace touchstone::services
