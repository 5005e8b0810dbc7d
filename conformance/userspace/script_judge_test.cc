#include "conformance/userspace/script_judge.h"

#include <gtest/gtest.h>

#include <string>

#include "conformance/test_support.h"
#include "conformance/userspace/fake_player.h"

namespace touchstone::userspace {
namespace {

LegacyProfile profile_of(const std::string& rows) {
  const TempFolder folder;
  auto profile = load_legacy_profile({}, folder.write("p.tsv", rows), real_catalogue());
  if (!profile) ADD_FAILURE() << profile.error();
  return profile.value_or(LegacyProfile{});
}

ScriptRuling ruling_on(const std::string& steps, const LegacyProfile& profile = {},
                       std::chrono::milliseconds step_time = ample_time) {
  const Script script = script_of(steps);
  const PlayedScript played = play(script, fake_subject(), DataModel::lp64, step_time);
  auto ruling = ScriptJudge(real_catalogue(), profile).judge(script, played);
  if (!ruling) ADD_FAILURE() << to_string(ruling.error(), "script");
  return ruling.value_or(ScriptRuling{});
}

TEST(JudgeScript, PassesWhereEachStepShowsAnAlternative) {
  const ScriptRuling result = ruling_on(
      "show 7 flag=1 left=4 -> 0x7 left=4\nshow 7\nshow 7 -> 6 | 7\nshow \"a b\" -> \"a b\"\n");
  EXPECT_EQ(result.ruling.verdict, Verdict::pass);
  EXPECT_TRUE(result.ruling.differences.empty());
}

TEST(JudgeScript, FailsAtTheFirstStepThatDiffersAndNamesItsClause) {
  const ScriptRuling result = ruling_on(
      "show 1 -> 1\nshow null flag=3 used=4 -> flag=1 left=9 [DEV-2]\nshow 2 -> 3\nshow 2 -> 2\n");
  const Ruling& ruling = result.ruling;
  EXPECT_EQ(ruling.verdict, Verdict::fail);
  EXPECT_EQ(ruling.reason, "line 5: expected flag=1 left=9, got null flag=3 (DEV-2)");
  ASSERT_EQ(ruling.differences.size(), 2u);
  const Difference& first = ruling.differences[0];
  EXPECT_EQ(first.role, Difference::Role::decides);
  EXPECT_EQ(first.line, 5u);
  EXPECT_EQ(first.operation, "show null flag=3 used=4");
  EXPECT_EQ(first.clause, "DEV-2");
  EXPECT_EQ(first.sentence, real_catalogue().find("DEV-2")->sentence);
  EXPECT_EQ(first.expected, "flag=1 left=9");
  EXPECT_EQ(first.got, "null flag=3");
  EXPECT_EQ(first.note, "`left` is not shown");
  EXPECT_EQ(first.state, "1 steps");
  const Difference& second = ruling.differences[1];
  EXPECT_EQ(second.role, Difference::Role::further);
  EXPECT_EQ(second.line, 6u);
  EXPECT_EQ(second.clause, "MSG-31");
}

TEST(JudgeScript, ACrashIsOneUnlessTheStepStatesIt) {
  const ScriptRuling crash = ruling_on("show 1\ncrash\n");
  EXPECT_EQ(crash.ruling.verdict, Verdict::crash);
  ASSERT_EQ(crash.ruling.differences.size(), 1u);
  EXPECT_EQ(crash.ruling.differences[0].expected, "that it comes back");
  EXPECT_EQ(crash.ruling.differences[0].got, "crash");
  EXPECT_NE(crash.ruling.differences[0].note, "");
  EXPECT_EQ(crash.ruling.differences[0].state, "1 steps");
  EXPECT_EQ(ruling_on("crash -> 1").ruling.verdict, Verdict::crash);
  EXPECT_EQ(ruling_on("crash -> 1 | crash\nshow 1 -> 2").ruling.verdict, Verdict::pass);
  EXPECT_EQ(ruling_on("show 1 -> crash").ruling.verdict, Verdict::fail);
}

TEST(JudgeScript, ACaseThatWasNotPlayedToItsEndIsNoPass) {
  const Script script = script_of("show 1 -> 1\nshow 2 -> 2\n");
  PlayedScript played = play(script, fake_subject(), DataModel::lp64, ample_time);
  const LegacyProfile none;
  const ScriptJudge judge(real_catalogue(), none);
  EXPECT_EQ(judge.judge(script, played)->ruling.verdict, Verdict::pass);
  played.steps.pop_back();
  const auto cut_short = judge.judge(script, played);
  EXPECT_EQ(cut_short->ruling.verdict, Verdict::broken);
  EXPECT_EQ(cut_short->ruling.reason, "1 of 2 steps were played");
  played.steps.clear();
  EXPECT_EQ(judge.judge(script, played)->ruling.verdict, Verdict::broken);
}

TEST(JudgeScript, AHangIsATimeout) {
  const ScriptRuling result = ruling_on("hang -> 1", {}, std::chrono::milliseconds(200));
  EXPECT_EQ(result.ruling.verdict, Verdict::timeout);
  EXPECT_EQ(result.ruling.differences.at(0).got, "hang");
}

TEST(JudgeScript, AMissingFunctionMakesTheCaseUnsupportedUnlessItFailedBefore) {
  const ScriptRuling missing = ruling_on("show 1 -> 1\nlack IpcIoPushBool -> 1");
  EXPECT_EQ(missing.ruling.verdict, Verdict::unsupported);
  EXPECT_EQ(missing.lacks, "IpcIoPushBool");
  EXPECT_EQ(missing.ruling.reason, "needs IpcIoPushBool");
  const ScriptRuling failed = ruling_on("show 1 -> 2\nlack IpcIoPushBool");
  EXPECT_EQ(failed.ruling.verdict, Verdict::fail);
  EXPECT_EQ(failed.lacks, "");
}

TEST(JudgeScript, AStepThatIsNotUnderstoodIsAnErrorWithItsPlace) {
  const LegacyProfile none;
  const ScriptJudge judge(real_catalogue(), none);
  const auto error_of = [&judge](const std::string& steps) {
    const Script script = script_of(steps);
    const auto ruling =
        judge.judge(script, play(script, fake_subject(true), DataModel::lp64, ample_time));
    return ruling ? "none" : to_string(ruling.error(), "f");
  };
  EXPECT_EQ(error_of("show 1\nnumber 256 -> 1"),
            "f:5:8: expected a number of at most 255, found 256");
  EXPECT_EQ(error_of("frobnicate"),
            "f:4:1: expected show, number, lack, model, crash, hang, exit or print, found "
            "frobnicate");
  EXPECT_EQ(error_of("number -> 1"), "f:4:1: expected a number, found the end of the step");
  EXPECT_EQ(error_of("show 1 -> 2\nnumber 256"), "none");
}

TEST(JudgeScript, ARowOfTheProfileToleratesAndEndsTheCase) {
  const LegacyProfile profile = profile_of(
      "MSG-31\twide\t8 | flag=3\t-\tit is wide\tfact 1\n"
      "MSG-31\tfreed\tcrash\td1\tfreed twice\tfact 2\n"
      "MSG-31\tstuck\thang\td1, d2\tstuck\tfact 3\n");
  const ScriptRuling result = ruling_on("show 1 -> 1\nshow 5 flag=3 -> 6\nshow 1 -> 2", profile);
  EXPECT_EQ(result.ruling.verdict, Verdict::quirk);
  EXPECT_EQ(result.ruling.reason, "tolerated: wide (MSG-31)");
  ASSERT_EQ(result.ruling.tolerated.size(), 1u);
  EXPECT_EQ(result.ruling.tolerated[0],
            (Tolerated{"MSG-31", "wide", "8 | flag=3", "it is wide", false}));
  ASSERT_EQ(result.ruling.differences.size(), 1u);
  EXPECT_EQ(result.ruling.differences[0].role, Difference::Role::tolerated);

  EXPECT_EQ(ruling_on("crash -> 1", profile).ruling.reason, "tolerated: freed (MSG-31)");
  EXPECT_EQ(ruling_on("hang", profile, std::chrono::milliseconds(200)).ruling.reason,
            "tolerated: stuck (MSG-31)");
}

TEST(JudgeScript, ARowToleratesNothingElse) {
  const LegacyProfile profile = profile_of("MSG-31\twide\t8\t-\tit is wide\tfact 1\n");
  EXPECT_EQ(ruling_on("show 7 -> 6", profile).ruling.verdict, Verdict::fail);
  EXPECT_EQ(ruling_on("show 8 -> 6 [DEV-2]", profile).ruling.verdict, Verdict::fail);
  EXPECT_EQ(ruling_on("crash -> 6", profile).ruling.verdict, Verdict::crash);
  // What came first decides.
  const ScriptRuling later = ruling_on("show 7 -> 6\nshow 8 -> 6", profile);
  EXPECT_EQ(later.ruling.verdict, Verdict::fail);
  EXPECT_EQ(later.ruling.differences.size(), 2u);
}

TEST(JudgeScript, WithoutAPlayerItIsLost) {
  Subject subject = fake_subject();
  subject.make_player = [](DataModel) { return nullptr; };
  const Script script = script_of("show 1 -> 1");
  const LegacyProfile none;
  const auto ruling = ScriptJudge(real_catalogue(), none)
                          .judge(script, play(script, subject, DataModel::lp64, ample_time));
  ASSERT_TRUE(ruling);
  EXPECT_EQ(ruling->ruling.verdict, Verdict::backend_lost);
  EXPECT_EQ(ruling->ruling.reason, "no instance could be made");
}

}  // namespace
}  // namespace touchstone::userspace
