#include "conformance/userspace/script_play.h"

#include <gtest/gtest.h>

#include <string>

#include "conformance/userspace/fake_player.h"
#include "conformance/userspace/shown.h"

namespace touchstone::userspace {
namespace {

using Kind = PlayedStep::Kind;

PlayedScript play_in_child(const std::string& steps,
                           std::chrono::milliseconds step_time = ample_time) {
  return play(script_of(steps), fake_subject(), DataModel::lp64, step_time);
}

PlayedScript play_here(const std::string& steps) {
  return play(script_of(steps), fake_subject(true), DataModel::ilp32, ample_time);
}

TEST(PlayScript, ShowsTheSameInAChildAsInThisProcess) {
  const std::string steps = "show 7 flag=1 text=\"a\\x00b\"\nshow\nnumber 200\n";
  for (const PlayedScript& played : {play_in_child(steps), play_here(steps)}) {
    ASSERT_EQ(played.steps.size(), 3u);
    EXPECT_EQ(text_of(played.steps[0].shown), "7 flag=1 text=\"a\\x00b\"");
    EXPECT_EQ(played.steps[0].state_after, "1 steps");
    EXPECT_EQ(played.steps[2].state_after, "3 steps");
    for (const PlayedStep& step : played.steps) EXPECT_EQ(step.kind, Kind::shown);
    EXPECT_EQ(played.captured, "");
  }
}

TEST(PlayScript, TheDataModelReachesThePlayer) {
  EXPECT_EQ(text_of(play_in_child("model").steps.at(0).shown), "lp64");
  EXPECT_EQ(text_of(play_here("model").steps.at(0).shown), "ilp32");
}

TEST(PlayScript, ACrashEndsTheScriptAtItsStep) {
  const PlayedScript played = play_in_child("show 1\ncrash\nshow 2\n");
  ASSERT_EQ(played.steps.size(), 2u);
  EXPECT_EQ(played.steps[0].kind, Kind::shown);
  EXPECT_EQ(played.steps[1].kind, Kind::crash);
  EXPECT_TRUE(played.steps[1].reason.find("SIGSEGV") != std::string::npos ||
              played.steps[1].reason.find("exit status") != std::string::npos)
      << played.steps[1].reason;
}

TEST(PlayScript, AnExitWithZeroInTheMiddleIsACrash) {
  const PlayedScript played = play_in_child("show 1\nexit 0\nshow 2\n");
  ASSERT_EQ(played.steps.size(), 2u);
  EXPECT_EQ(played.steps[1].kind, Kind::crash);
  EXPECT_EQ(played.steps[1].reason, "exit status 0");
}

TEST(PlayScript, AHangEndsTheScriptWhenItsTimeIsOver) {
  const PlayedScript played =
      play_in_child("show 1\nhang\nshow 2\n", std::chrono::milliseconds(200));
  ASSERT_EQ(played.steps.size(), 2u);
  EXPECT_EQ(played.steps[1].kind, Kind::hang);
  EXPECT_EQ(played.steps[1].reason, "no answer in 200 ms");
}

TEST(PlayScript, ACrashAfterTheLastStepIsThatSteps) {
  const PlayedScript played = play_in_child("show 1\ncrash_at_the_end\n");
  ASSERT_EQ(played.steps.size(), 2u);
  EXPECT_EQ(played.steps[1].kind, Kind::crash);
  EXPECT_TRUE(played.steps[1].reason.ends_with("(after the last step)"));
}

TEST(PlayScript, WhatIsPrintedIsCapturedAndHarmsNothing) {
  const PlayedScript played = play_in_child("print \"\\x00\\xff\\x01 \\x00\\x00\"\nshow 2\n");
  ASSERT_EQ(played.steps.size(), 2u);
  EXPECT_EQ(text_of(played.steps[1].shown), "2");
  EXPECT_EQ(played.captured, "??? ??\n");
}

TEST(PlayScript, AFunctionThatIsNotThereEndsTheScript) {
  for (const PlayedScript& played : {play_in_child("show 1\nlack IpcIoPushBool\nshow 2\n"),
                                     play_here("show 1\nlack IpcIoPushBool\nshow 2\n")}) {
    ASSERT_EQ(played.steps.size(), 2u);
    EXPECT_EQ(played.steps[1].kind, Kind::lacking);
    EXPECT_EQ(played.steps[1].shown.lacks, "IpcIoPushBool");
  }
}

TEST(PlayScript, AStepThatIsNotUnderstoodCrossesThePipe) {
  for (const PlayedScript& played :
       {play_in_child("show 1\nnumber 256\nshow 2\n"), play_here("show 1\nnumber 256\n")}) {
    ASSERT_EQ(played.steps.size(), 2u);
    EXPECT_EQ(played.steps[1].kind, Kind::malformed);
    EXPECT_EQ(played.steps[1].error.column, 8u);
    EXPECT_EQ(played.steps[1].error.expected, "a number of at most 255");
    EXPECT_EQ(played.steps[1].error.found, "256");
  }
}

TEST(PlayScript, AStatedKeyThatIsNeverShownIsMalformed) {
  const PlayedScript played = play_here("show 1 -> 1 | 2 typo=3");
  ASSERT_EQ(played.steps.size(), 1u);
  EXPECT_EQ(played.steps[0].kind, Kind::malformed);
  EXPECT_EQ(played.steps[0].error.expected, "a key that `show` shows");
  EXPECT_EQ(played.steps[0].error.found, "typo");
  EXPECT_EQ(played.steps[0].error.column, 22u);
}

TEST(PlayScript, WithoutAPlayerItIsLost) {
  for (const bool is_reference : {true, false}) {
    Subject subject = fake_subject(is_reference);
    subject.make_player = [](DataModel) { return nullptr; };
    const PlayedScript played = play(script_of("show 1"), subject, DataModel::lp64, ample_time);
    ASSERT_EQ(played.steps.size(), 1u);
    EXPECT_EQ(played.steps[0].kind, Kind::lost);
    EXPECT_EQ(played.steps[0].reason, "no instance could be made");
  }
}

TEST(PlayScript, ACrashWhileThePlayerIsMadeIsTheFirstSteps) {
  Subject subject = fake_subject();
  subject.make_player = [](DataModel) -> std::unique_ptr<Player> { ::_exit(5); };
  const PlayedScript played = play(script_of("show 1"), subject, DataModel::lp64, ample_time);
  ASSERT_EQ(played.steps.size(), 1u);
  EXPECT_EQ(played.steps[0].kind, Kind::crash);
  EXPECT_EQ(played.steps[0].reason, "exit status 5 (before the first step)");
}

}  // namespace
}  // namespace touchstone::userspace
