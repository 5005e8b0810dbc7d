// What a player reads from a step, and how it says that it does not understand one.
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

#include "conformance/userspace/fake_player.h"
#include "conformance/userspace/script.h"

namespace touchstone::userspace {
namespace {

ScriptStep step_of(const std::string& text) { return script_of(text).steps.at(0); }

std::string error_text(StepReader& reader) {
  const auto error = reader.finish();
  if (!error) return "none";
  return std::to_string(error->column) + ": " + error->expected + ", found " + error->found;
}

TEST(StepReader, ReadsWordsAndArgumentsInAnyOrder) {
  const ScriptStep step = step_of("push int8 -5 size=0x10 name=\"a b\" 00ff");
  StepReader reader(step);
  EXPECT_EQ(reader.verb(), "push");
  EXPECT_EQ(reader.word("a type").text, "int8");
  EXPECT_EQ(reader.number(reader.word("a number"), -128, 127), -5);
  EXPECT_EQ(reader.argument("name")->text, "a b");
  EXPECT_EQ(reader.unsigned_argument("size", 16), 16u);
  EXPECT_EQ(reader.unsigned_argument("absent", 16), std::nullopt);
  EXPECT_EQ(reader.argument("absent"), nullptr);
  const Word* bytes = reader.optional_word();
  ASSERT_NE(bytes, nullptr);
  EXPECT_EQ(reader.bytes(*bytes), (std::vector<std::byte>{std::byte{0}, std::byte{0xff}}));
  EXPECT_EQ(reader.optional_word(), nullptr);
  EXPECT_EQ(reader.finish(), std::nullopt);
}

TEST(StepReader, NumbersReachToTheirLimits) {
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  constexpr auto greatest = std::numeric_limits<std::int64_t>::max();
  constexpr auto unsigned_max = std::numeric_limits<std::uint64_t>::max();
  const ScriptStep step = step_of(
      "a -9223372036854775808 9223372036854775807 18446744073709551615 0xffffffffffffffff -0x1");
  StepReader reader(step);
  EXPECT_EQ(reader.number(reader.word("n"), least, greatest), least);
  EXPECT_EQ(reader.number(reader.word("n"), least, greatest), greatest);
  EXPECT_EQ(reader.unsigned_number(reader.word("n"), unsigned_max), unsigned_max);
  EXPECT_EQ(reader.unsigned_number(reader.word("n"), unsigned_max), unsigned_max);
  EXPECT_EQ(reader.number(reader.word("n"), least, greatest), -1);
  EXPECT_EQ(reader.finish(), std::nullopt);
}

TEST(StepReader, RefusesWhatIsNoNumberInItsBounds) {
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  constexpr auto greatest = std::numeric_limits<std::int64_t>::max();
  for (const char* word : {"x", "\"7\"", "0x", "-", "--1", "9223372036854775808", "1a", "0xg"}) {
    const ScriptStep step = step_of(std::string("a ") + word);
    StepReader reader(step);
    EXPECT_EQ(reader.number(reader.word("n"), least, greatest), 0) << word;
    EXPECT_TRUE(reader.has_failed()) << word;
  }
  const ScriptStep low = step_of("a -129");
  StepReader low_reader(low);
  low_reader.number(low_reader.word("n"), -128, 127);
  EXPECT_EQ(error_text(low_reader), "3: a number from -128 to 127, found -129");
  const ScriptStep high = step_of("a n=18446744073709551616");
  StepReader high_reader(high);
  high_reader.unsigned_argument("n", 5);
  EXPECT_EQ(error_text(high_reader), "5: a number of at most 5, found 18446744073709551616");
}

TEST(StepReader, BytesArePairsOfDigitsOrNone) {
  const ScriptStep none = step_of("a \"\"");
  StepReader none_reader(none);
  EXPECT_TRUE(none_reader.bytes(none_reader.word("bytes")).empty());
  EXPECT_EQ(none_reader.finish(), std::nullopt);
  for (const char* word : {"0", "0g", "\"0 \""}) {
    const ScriptStep step = step_of(std::string("a ") + word);
    StepReader reader(step);
    reader.bytes(reader.word("bytes"));
    EXPECT_TRUE(error_text(reader).starts_with("3: hexadecimal digits, two a byte")) << word;
  }
}

TEST(StepReader, AMissingWordIsAnErrorOfTheWholeStep) {
  const ScriptStep step = step_of("a");
  StepReader reader(step);
  EXPECT_EQ(reader.word("a size").text, "");
  EXPECT_EQ(error_text(reader), "0: a size, found the end of the step");
}

TEST(StepReader, WhatIsLeftOverIsAnError) {
  const ScriptStep word = step_of("a b");
  StepReader word_reader(word);
  EXPECT_EQ(error_text(word_reader), "3: no further word for `a`, found b");
  const ScriptStep argument = step_of("a key=7 other=8");
  StepReader argument_reader(argument);
  argument_reader.argument("key");
  EXPECT_EQ(error_text(argument_reader), "9: no `other=` for `a`, found other=8");
}

TEST(StepReader, TheFirstErrorStays) {
  const ScriptStep step = step_of("a x y");
  StepReader reader(step);
  reader.fail(reader.word("w"), "the first");
  reader.fail(reader.word("w"), "the second");
  EXPECT_EQ(reader.optional_word(), nullptr);
  EXPECT_EQ(reader.argument("key"), nullptr);
  EXPECT_TRUE(reader.bytes(step.words[1]).empty());
  EXPECT_EQ(error_text(reader), "3: the first, found x");
}

}  // namespace
}  // namespace touchstone::userspace
