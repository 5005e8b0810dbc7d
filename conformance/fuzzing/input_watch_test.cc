// When a target that has begun with an input is held to be stuck in it.
#include "conformance/fuzzing/input_watch.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

#include "conformance/test_support.h"

namespace touchstone::fuzzing {
namespace {

using namespace std::chrono_literals;

class InputWatchOf20s : public testing::Test {
 protected:
  std::unique_ptr<LiveInput> open() const { return *LiveInput::open(folder_.path() / "input"); }
  void begin(char letter) const { open()->begin(std::array{static_cast<std::uint8_t>(letter)}); }
  bool is_stuck(InputWatch::Time now) {
    watch_.look(now);
    return watch_.is_stuck(now);
  }

  TempFolder folder_;
  InputWatch::Time start_{};
  InputWatch watch_{open(), {.input = 20s, .report = 10s}, start_};
};

TEST_F(InputWatchOf20s, LeavesAloneWhatHasNotBegun) { EXPECT_FALSE(is_stuck(start_ + 1000s)); }

TEST_F(InputWatchOf20s, FindsATargetStuckInOneInput) {
  begin('a');
  EXPECT_FALSE(is_stuck(start_ + 5s));
  EXPECT_FALSE(is_stuck(start_ + 24s));
  EXPECT_TRUE(is_stuck(start_ + 25s));
  EXPECT_EQ(watch_.input(), "a");
}

TEST_F(InputWatchOf20s, LeavesAloneWhatGoesOnToTheNext) {
  for (auto now = start_; now < start_ + 100s; now += 19s) {
    begin('a');
    EXPECT_FALSE(is_stuck(now));
  }
}

TEST_F(InputWatchOf20s, GivesAReportATimeOfItsOwn) {
  begin('a');
  EXPECT_FALSE(is_stuck(start_ + 5s));
  watch_.note_report(start_ + 24s);
  EXPECT_TRUE(watch_.has_report());
  EXPECT_FALSE(is_stuck(start_ + 33s));
  watch_.note_report(start_ + 33s);  // as a second sanitizer tells of the same
  EXPECT_TRUE(is_stuck(start_ + 34s));
}

TEST_F(InputWatchOf20s, ForgetsAReportThatTheTargetOutlived) {
  begin('a');
  watch_.note_report(start_ + 1s);
  begin('b');
  EXPECT_FALSE(is_stuck(start_ + 12s));
  EXPECT_FALSE(watch_.has_report());
  EXPECT_FALSE(is_stuck(start_ + 31s));
  EXPECT_TRUE(is_stuck(start_ + 32s));
}

TEST_F(InputWatchOf20s, IsToBeLookedAtBeforeItsLimit) {
  EXPECT_EQ(watch_.due(), start_ + 5s);
  begin('a');
  watch_.note_report(start_ + 6s);
  EXPECT_EQ(watch_.due(), start_ + 6s + 2500ms);
}

TEST_F(InputWatchOf20s, ForgetsTheInputOfAnEarlierTarget) {
  begin('a');
  const InputWatch next(open(), {.input = 20s, .report = 10s}, start_);
  EXPECT_EQ(next.input(), "");
  EXPECT_FALSE(is_stuck(start_ + 100s));
}

}  // namespace
}  // namespace touchstone::fuzzing
