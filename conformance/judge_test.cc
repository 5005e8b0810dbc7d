#include "conformance/judge.h"

#include <gtest/gtest.h>

#include "conformance/test_support.h"

namespace touchstone {
namespace {

Outcome outcome_of(Outcome::Kind kind, std::int64_t value = 0) {
  Outcome outcome;
  outcome.kind = kind;
  outcome.value = value;
  return outcome;
}

// A case and what a backend answers: the reference's outcomes, with changes.
class Scene {
 public:
  explicit Scene(const std::string& steps, const std::string& more_header = "",
                 const std::string& profile = "")
      : program_(case_of(plain_case(two_processes + steps, more_header))),
        observed_(run_reference(program_, DataModel::ilp32, 0)),
        profile_(real_profile(profile)) {}

  // Answers of the steps after two_processes.
  Scene& answer(std::size_t index, Outcome outcome) {
    observed_[first_ + index] = std::move(outcome);
    return *this;
  }
  Scene& end_after(std::size_t index) {
    observed_.resize(first_ + index + 1);
    return *this;
  }
  Ruling ruling(bool is_reference = false) const {
    const Judge judge(real_catalogue(), profile_);
    return judge.judge_run(program_, observed_, {DataModel::ilp32, true, is_reference});
  }
  Ruling as_recording() const {
    return Judge(real_catalogue(), profile_).judge_recording(program_);
  }

 private:
  static constexpr std::size_t first_ = 7;
  Program program_;
  std::vector<Outcome> observed_;
  Profile profile_;
};

const Difference& decisive(const Ruling& ruling) {
  for (const Difference& difference : ruling.differences) {
    if (difference.role == Difference::Role::decides) return difference;
  }
  ADD_FAILURE() << "no difference decides";
  static const Difference none;
  return none;
}

TEST(JudgeRun, PassesWhatTheTextExpects) {
  const Ruling ruling = Scene("T2 get_version -> 0 version=2\n").ruling();
  EXPECT_EQ(ruling.verdict, Verdict::pass);
  EXPECT_TRUE(ruling.differences.empty());
}

TEST(JudgeRun, FailsAtAClauseWithStepExpectedGotAndState) {
  const Ruling ruling = Scene("T2 get_version -> 0 version=2\n")
                            .answer(0, outcome_of(Outcome::Kind::error, 12))
                            .ruling();
  EXPECT_EQ(ruling.verdict, Verdict::fail);
  const Difference& difference = decisive(ruling);
  EXPECT_EQ(difference.clause, "DEV-22");
  EXPECT_NE(difference.sentence.find("writes the version word"), std::string::npos);
  EXPECT_EQ(difference.line, 13u);
  EXPECT_EQ(difference.operation, "T2 get_version");
  EXPECT_EQ(difference.expected, "0 version=2");
  EXPECT_EQ(difference.got, "ENOMEM");
  EXPECT_EQ(difference.note, "ENOMEM is what DEV-17 gives");
  EXPECT_NE(difference.state.find("CMS"), std::string::npos);
}

TEST(JudgeRun, NeverPassesAnError) {
  const auto verdict_with = [](Outcome::Kind kind) {
    return Scene("T2 get_version\n").answer(0, outcome_of(kind)).ruling().verdict;
  };
  EXPECT_EQ(verdict_with(Outcome::Kind::crash), Verdict::crash);
  EXPECT_EQ(verdict_with(Outcome::Kind::hang), Verdict::timeout);
  EXPECT_EQ(verdict_with(Outcome::Kind::lost), Verdict::backend_lost);
  EXPECT_EQ(verdict_with(Outcome::Kind::not_run), Verdict::broken);
}

TEST(JudgeRun, IsBrokenWithoutAnyOutcome) {
  const Program program = case_of(plain_case(two_processes));
  const Profile profile = real_profile("");
  EXPECT_EQ(Judge(real_catalogue(), profile).judge_run(program, {}, {}).verdict, Verdict::broken);
}

TEST(JudgeRun, IsBrokenWhereARunEndsEarlyWithoutACrash) {
  const Ruling ruling =
      Scene("T2 get_version -> 0 version=2\nT2 get_version -> 0 version=2\n").end_after(0).ruling();
  EXPECT_EQ(ruling.verdict, Verdict::broken);
  EXPECT_EQ(ruling.reason, "8 of 9 steps were played");
}

TEST(JudgeRun, CountsACrashThatTheTextOfABugExpects) {
  const Ruling ruling = Scene("T2 get_version -> crash\n", "class: bug\n")
                            .answer(0, outcome_of(Outcome::Kind::crash))
                            .ruling();
  EXPECT_EQ(ruling.verdict, Verdict::crash);
}

TEST(JudgeRun, HoldsQuirkAndBugCasesAgainstTheReferenceAlone) {
  for (const std::string written : {"class: quirk\n", "class: bug\n"}) {
    const Scene right("T2 free=pool_end -> EFAULT\n", written);
    EXPECT_EQ(right.ruling().verdict, Verdict::pass) << written;
    Scene as_written("T2 free=pool_end -> EFAULT\n", written);
    as_written.answer(0, outcome_of(Outcome::Kind::error, 14));
    EXPECT_EQ(as_written.ruling().verdict, Verdict::fail) << written;
  }
}

TEST(JudgeRun, GivesQuirkForWhatTheProfileTolerates) {
  Scene scene("T2 free=pool_end -> EINVAL\n", "", "openharmony-2.0");
  const Ruling ruling = scene.answer(0, outcome_of(Outcome::Kind::error, 14)).ruling();
  EXPECT_EQ(ruling.verdict, Verdict::quirk);
  ASSERT_EQ(ruling.tolerated.size(), 1u);
  EXPECT_EQ(ruling.tolerated[0].clause, "MSG-5");
  EXPECT_EQ(ruling.tolerated[0].quirk, "Q4");
  ASSERT_EQ(ruling.differences.size(), 1u);
  EXPECT_EQ(ruling.differences[0].role, Difference::Role::tolerated);
}

TEST(JudgeRun, HoldsABackendToTheQuirkThatItShows) {
  // T1 is the CMS and takes 200 bytes; T2 may call it by its task id.
  const std::string steps =
      "T1 recv -> blocked\nT2 send request to=cms -> 0\nT1 poll\n"
      "T1 cms add_access subject=T2 service=0 -> 0\n"
      "T2 send request to=T1 data_size=190 -> EINVAL\nT1 recv -> blocked\n";
  Scene scene(steps, "", "openharmony-2.0");
  EXPECT_EQ(scene.ruling().verdict, Verdict::pass);
  const Ruling ruling = scene.answer(4, outcome_of(Outcome::Kind::value)).ruling();
  EXPECT_EQ(ruling.verdict, Verdict::fail);
  const Difference& difference = decisive(ruling);
  EXPECT_EQ(difference.line, 18u);
  EXPECT_EQ(difference.got, "blocked");
  EXPECT_NE(difference.expected.find("request to=T1"), std::string::npos);
  const auto quirk = static_cast<std::uint32_t>(Quirk::cms_limit_only_for_handle_0);
  EXPECT_EQ(difference.state, reference_state_before(case_of(plain_case(two_processes + steps)), 12,
                                                     DataModel::ilp32, quirk));
}

TEST(JudgeRun, PassesWhatAClauseAllowsBesideTheText) {
  Scene scene("T2 mmap 4096 prot=read flags=private -> EEXIST\n");
  const Ruling ruling = scene.answer(0, outcome_of(Outcome::Kind::error, 12)).ruling();
  EXPECT_EQ(ruling.verdict, Verdict::pass);
  EXPECT_FALSE(ruling.reason.empty());
}

TEST(JudgeRun, IsBrokenWhereTheTextContradictsReferenceAndBackend) {
  const Scene scene("T2 get_version -> 0 version=9\n");
  EXPECT_EQ(scene.ruling(false).verdict, Verdict::broken);
  EXPECT_EQ(scene.ruling(true).verdict, Verdict::fail);
}

TEST(JudgeRun, NeedsTheProfileThatAMarkedCaseReliesOn) {
  const std::string steps = "T2 free=pool_end -> EFAULT\n";
  const Ruling without = Scene(steps, "quirk: Q4\n").ruling(true);
  EXPECT_EQ(without.verdict, Verdict::fail);
  EXPECT_NE(decisive(without).note.find("relies on Q4"), std::string::npos);
  EXPECT_EQ(Scene(steps, "quirk: Q4\n", "openharmony-2.0").ruling(true).verdict, Verdict::pass);
}

TEST(JudgeRun, FailsAtTheTextAfterAPoolIsUnmapped) {
  Scene scene("T2 munmap -> 0\nT1 get_version -> 0 version=2\nT2 get_version\n");
  scene.answer(2, outcome_of(Outcome::Kind::value, 77));
  EXPECT_EQ(scene.ruling().verdict, Verdict::pass);
  scene.answer(1, outcome_of(Outcome::Kind::error, 12));
  EXPECT_EQ(scene.ruling().verdict, Verdict::fail);
}

// The text of a case of the generator is the reference's own, and counts no further than that.
TEST(JudgeRun, TakesAnythingOfAGeneratedCaseAfterAPoolIsUnmapped) {
  const std::string steps = "T2 munmap -> 0\nT2 get_version -> 0 version=2\n";
  const Outcome refused = outcome_of(Outcome::Kind::error, 12);
  const std::string generated = "class: generated\n";
  EXPECT_EQ(Scene(steps, generated).answer(1, refused).ruling().verdict, Verdict::pass);
  EXPECT_EQ(Scene(steps, generated).answer(0, refused).ruling().verdict, Verdict::fail);
  const Outcome end = outcome_of(Outcome::Kind::crash);
  EXPECT_EQ(Scene(steps, generated).answer(1, end).ruling().verdict, Verdict::crash);
}

TEST(JudgeRun, NamesTheClauseOfADefect) {
  Outcome received;
  received.kind = Outcome::Kind::message;
  received.message.defects.push_back({"RCV-17", "the message lies outside the pool"});
  const Ruling ruling = Scene("T2 recv -> blocked\n").answer(0, received).ruling();
  EXPECT_EQ(ruling.verdict, Verdict::fail);
  EXPECT_EQ(decisive(ruling).clause, "RCV-17");
  EXPECT_EQ(decisive(ruling).note, "the message lies outside the pool");
}

TEST(JudgeRun, ReportsTheStepThatKilledTheImplementation) {
  Scene scene("T2 get_version -> 0 version=2\nT2 get_version -> 0 version=2\n");
  scene.answer(0, outcome_of(Outcome::Kind::crash)).end_after(0);
  const Ruling ruling = scene.ruling();
  EXPECT_EQ(ruling.verdict, Verdict::crash);
  EXPECT_EQ(decisive(ruling).line, 13u);
}

TEST(JudgeRecording, ListsEveryStepThatDiffers) {
  const Ruling ruling =
      Scene("T2 get_version -> 7\nT2 get_version -> 0 version=2\nT2 get_version -> 8\n")
          .as_recording();
  EXPECT_EQ(ruling.verdict, Verdict::fail);
  ASSERT_EQ(ruling.differences.size(), 2u);
  EXPECT_EQ(ruling.differences[0].role, Difference::Role::decides);
  EXPECT_EQ(ruling.differences[1].role, Difference::Role::further);
  EXPECT_EQ(ruling.differences[1].line, 15u);
}

TEST(JudgeRecording, GivesCrashForARecordedCrash) {
  EXPECT_EQ(Scene("T2 get_version -> crash\n").as_recording().verdict, Verdict::crash);
}

}  // namespace
}  // namespace touchstone
