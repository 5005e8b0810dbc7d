#include "conformance/text_file.h"

#include <gtest/gtest.h>

#include "conformance/test_support.h"

namespace touchstone {
namespace {

using Parts = std::vector<std::string_view>;

TEST(TextFile, GivesBackWhatWasWritten) {
  const TempFolder folder;
  for (const std::string& text :
       {std::string(), std::string("a\nb"), std::string("\0\xff\r\n", 4)}) {
    EXPECT_EQ(read_text_file(folder.write("a", text)), text);
  }
}

TEST(TextFile, NamesWhatCannotBeReadOrWritten) {
  const TempFolder folder;
  const auto absent = read_text_file(folder.path() / "absent");
  ASSERT_FALSE(absent);
  EXPECT_NE(absent.error().find("absent: No such file"), std::string::npos);
  EXPECT_FALSE(read_text_file(folder.path()));
  EXPECT_FALSE(write_text_file(folder.path() / "no" / "file", ""));
}

TEST(TextFile, CutsLinesWithoutAnEmptyLastOne) {
  EXPECT_EQ(lines_of("a\n\nb\n"), (Parts{"a", "", "b"}));
  EXPECT_EQ(lines_of("a"), Parts{"a"});
  EXPECT_EQ(lines_of(""), Parts{});
}

TEST(TextFile, SplitsAndTrims) {
  EXPECT_EQ(split("a||b", '|'), (Parts{"a", "", "b"}));
  EXPECT_EQ(split("", '|'), Parts{""});
  EXPECT_EQ(trimmed(" \ta b\r"), "a b");
  EXPECT_EQ(trimmed(" \t"), "");
}

}  // namespace
}  // namespace touchstone
