#include "conformance/fuzzing/live_input.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "conformance/test_support.h"

namespace touchstone::fuzzing {
namespace {

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// The two who have the file mapped.
class LiveInputFile : public testing::Test {
 protected:
  LiveInputFile() {
    auto target = LiveInput::open(folder_.path() / "input");
    auto watcher = LiveInput::open(folder_.path() / "input");
    EXPECT_TRUE(target && watcher);
    target_ = *std::move(target);
    watcher_ = *std::move(watcher);
  }
  TempFolder folder_;
  std::unique_ptr<LiveInput> target_;
  std::unique_ptr<LiveInput> watcher_;
};

TEST_F(LiveInputFile, HasNoneBeforeTheFirst) {
  EXPECT_EQ(watcher_->begun(), 0u);
  EXPECT_EQ(watcher_->input(), "");
}

TEST_F(LiveInputFile, HasTheLastOneAndHowManyThereWere) {
  target_->begin(bytes_of("a long one"));
  target_->begin(bytes_of(std::string_view("b\0c", 3)));
  EXPECT_EQ(watcher_->begun(), 2u);
  EXPECT_EQ(watcher_->input(), std::string("b\0c", 3));
  target_->begin({});
  EXPECT_EQ(watcher_->begun(), 3u);
  EXPECT_EQ(watcher_->input(), "");
}

TEST_F(LiveInputFile, HasTheBeginningOfOneThatIsTooLong) {
  const std::string longest(input_bytes_max, 'x');
  target_->begin(bytes_of(longest + "y"));
  EXPECT_EQ(watcher_->input(), longest);
}

TEST_F(LiveInputFile, IsAsBeforeTheFirstOnceItIsCleared) {
  target_->begin(bytes_of("a"));
  watcher_->clear();
  EXPECT_EQ(watcher_->begun(), 0u);
  EXPECT_EQ(watcher_->input(), "");
}

TEST_F(LiveInputFile, IsReadNoFurtherThanItGoesIfATargetHasWrittenIntoIt) {
  target_->begin(bytes_of("a"));
  std::string file = folder_.read("input");
  EXPECT_EQ(file.size(), 16u + input_bytes_max);
  file.replace(8, 8, 8, '\xff');
  const TempFolder other;
  const auto broken = LiveInput::open(other.write("input", file));
  ASSERT_TRUE(broken);
  EXPECT_EQ((*broken)->input().size(), input_bytes_max);
}

TEST(LiveInput, SaysWhyItCannotBeHad) {
  const auto none = LiveInput::open("/nowhere/input");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error(), "/nowhere/input: No such file or directory");
}

}  // namespace
}  // namespace touchstone::fuzzing
