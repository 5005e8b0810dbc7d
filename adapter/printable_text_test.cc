#include "adapter/printable_text.h"

#include <gtest/gtest.h>

namespace touchstone {
namespace {

TEST(PrintableText, KeepsTextLinesAndCharactersOfAllLengths) {
  const std::string text = "one\ttwo\n\xc3\xa9 \xe6\x98\xaf \xf0\x9f\x99\x82 \xf4\x8f\xbf\xbf";
  EXPECT_EQ(printable_text(text), text);
}

TEST(PrintableText, ReplacesControlCharacters) {
  EXPECT_EQ(printable_text(std::string_view("a\0b\x1b[1m\x7f\r", 9)), "a?b?[1m??");
}

TEST(PrintableText, ReplacesEachByteThatIsNoCharacter) {
  EXPECT_EQ(printable_text("\x80 \xff \xc3"), "? ? ?");
  EXPECT_EQ(printable_text("\xc0\xaf"), "??");            // overlong
  EXPECT_EQ(printable_text("\xe0\x80\xaf"), "???");       // overlong
  EXPECT_EQ(printable_text("\xed\xa0\x80"), "???");       // half of a surrogate pair
  EXPECT_EQ(printable_text("\xf4\x90\x80\x80"), "????");  // past the last character
  EXPECT_EQ(printable_text("\xe6\x98"
                           "a"),
            "??a");  // cut short
}

}  // namespace
}  // namespace touchstone
