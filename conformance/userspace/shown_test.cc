#include "conformance/userspace/shown.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace touchstone::userspace {
namespace {

Stated stated(const std::string& text) { return parse_stated(text).value().at(0); }

TEST(SameValue, IsTheSameTextOrTheSameNumber) {
  EXPECT_TRUE(is_same_value({"null"}, "null"));
  EXPECT_TRUE(is_same_value({"0x10"}, "16"));
  EXPECT_TRUE(is_same_value({"16"}, "0x10"));
  EXPECT_TRUE(is_same_value({"-1"}, "-1"));
  EXPECT_TRUE(is_same_value({"-0"}, "0"));
  EXPECT_TRUE(is_same_value({"0xffffffffffffffff"}, "18446744073709551615"));
  EXPECT_FALSE(is_same_value({"null"}, "nul"));
  EXPECT_FALSE(is_same_value({"1"}, "-1"));
  EXPECT_FALSE(is_same_value({"-1"}, "4294967295"));
  EXPECT_FALSE(is_same_value({"0x10000000000000000"}, "0"));
  EXPECT_FALSE(is_same_value({"1x"}, "1"));
  EXPECT_FALSE(is_same_value({"-0x1"}, "-1"));
}

TEST(SameValue, ATextInQuotesIsNoNumber) {
  EXPECT_TRUE(is_same_value({"7", 0, true}, "7"));
  EXPECT_FALSE(is_same_value({"0x7", 0, true}, "7"));
}

TEST(SameValue, AQuestionMarkStandsForOneCharacterUnlessInQuotes) {
  EXPECT_TRUE(is_same_value({"05??00"}, "05a500"));
  EXPECT_TRUE(is_same_value({"?"}, "7"));
  EXPECT_FALSE(is_same_value({"05??00"}, "05a501"));
  EXPECT_FALSE(is_same_value({"05??"}, "05a500"));
  EXPECT_FALSE(is_same_value({"???"}, "05"));
  EXPECT_FALSE(is_same_value({"05??", 0, true}, "05a5"));
  EXPECT_TRUE(is_same_value({"a?", 0, true}, "a?"));
}

TEST(SameValue, BytesOfDecimalDigitsAreNoNumber) {
  EXPECT_FALSE(is_same_value({"0500"}, "00000500"));
  EXPECT_FALSE(is_same_value({"500"}, "0500"));
  EXPECT_TRUE(is_same_value({"0500"}, "0500"));
}

TEST(Shows, EverythingStatedIsThere) {
  const Shown shown{{{"result", "null"}, {"flag", "3"}, {"left", "4"}}, {}};
  EXPECT_TRUE(shows(shown, stated("null")));
  EXPECT_TRUE(shows(shown, stated("left=4 flag=0x3")));
  EXPECT_FALSE(shows(shown, stated("null flag=1")));
  EXPECT_FALSE(shows(shown, stated("null used=0")));
  EXPECT_FALSE(shows(shown, stated("crash")));
}

TEST(FirstNotShown, IsTheFirstKeyOfAnyAlternative) {
  const Shown shown{{{"flag", "3"}}, {}};
  const std::vector<Stated> alternatives{stated("flag=1"), stated("flag=1 used=0 left=2")};
  const Argument* missing = first_not_shown(shown, alternatives);
  ASSERT_NE(missing, nullptr);
  EXPECT_EQ(missing->key, "used");
  EXPECT_EQ(first_not_shown(shown, std::vector<Stated>{stated("flag=7")}), nullptr);
}

TEST(ShownText, IsWhatAScriptWouldState) {
  const Shown shown{{{"result", "a b"}, {"flag", "3"}, {"text", "\"\\\n\x01"}, {"none", ""}}, {}};
  EXPECT_EQ(text_of(shown), "\"a b\" flag=3 text=\"\\\"\\\\\\n\\x01\" none=\"\"");
  const std::vector<Stated> alternatives{stated("flag=1")};
  EXPECT_EQ(text_of(shown, alternatives), "\"a b\" flag=3");
}

TEST(ShownText, AResultThatWouldReadOtherwiseIsInQuotes) {
  for (const std::string text : {"crash", "a=b", "a?", "|", "->", "[x]", "#", "caf\xc3\xa9"}) {
    const Shown shown{{{"result", text}}, {}};
    const Stated again = stated(text_of(shown));
    ASSERT_EQ(again.values.size(), 1u) << text;
    EXPECT_EQ(again.values[0].key, "result");
    EXPECT_EQ(again.values[0].value.text, text);
    EXPECT_TRUE(again.values[0].value.is_quoted) << text;
  }
}

}  // namespace
}  // namespace touchstone::userspace
