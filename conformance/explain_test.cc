#include "conformance/explain.h"

#include <gtest/gtest.h>

#include "conformance/test_support.h"

namespace touchstone {
namespace {

// The recording that the text is, held against the contract and a profile.
class Explained {
 public:
  Explained(const std::string& text, Profile profile)
      : program_(case_of(text)),
        profile_(std::move(profile)),
        explanation_(
            Explainer(real_catalogue(), profile_)
                .explain(
                    {program_, Observations::of_recording(program_), DataModel::ilp32, {}, {}})) {}

  bool holds() const { return explanation_.holds(); }
  std::vector<std::string> rows() const {
    std::vector<std::string> names;
    for (const ProfileRow* row : explanation_.rows) names.push_back(row->quirk + " " + row->clause);
    return names;
  }
  // Lines of the file.
  std::vector<std::uint32_t> differing() const {
    std::vector<std::uint32_t> lines;
    for (const std::size_t step : explanation_.differing) {
      lines.push_back(program_.steps[step].line);
    }
    return lines;
  }
  std::uint32_t unexplained() const {
    return explanation_.holds() ? 0 : program_.steps[*explanation_.unexplained].line;
  }

 private:
  Program program_;
  Profile profile_;
  Explanation explanation_;
};

Explained explained(const std::string& steps, const std::string& profile = "openharmony-2.0",
                    const std::string& more_header = "") {
  return {plain_case(two_processes + steps, more_header), real_profile(profile)};
}

using Lines = std::vector<std::uint32_t>;
using Rows = std::vector<std::string>;

// The first step after two_processes, whose header has one line more if there is one.
constexpr std::uint32_t first = 13;

TEST(Explain, HoldsForWhatTheReferenceAnswers) {
  const auto one = explained("T2 get_version -> 0 version=2\n", "");
  EXPECT_TRUE(one.holds());
  EXPECT_EQ(one.rows(), Rows{});
}

TEST(Explain, NamesTheFirstStepThatDiffers) {
  const auto one = explained("T2 get_version -> 0 version=3\nT2 get_version -> 7\n", "");
  EXPECT_EQ(one.unexplained(), first);
  EXPECT_EQ(one.differing(), (Lines{first, first + 1}));
}

TEST(Explain, TakesASwitchOfTheProfileForAQuirk) {
  const std::string steps = "T2 send request to=cms data=bad data_size=5 -> 5\n";
  EXPECT_EQ(explained(steps, "").unexplained(), first);
  const auto tolerated = explained(steps);
  EXPECT_TRUE(tolerated.holds());
  EXPECT_EQ(tolerated.rows(), Rows{"Q1 MSG-31"});
  EXPECT_EQ(tolerated.differing(), Lines{first});
}

TEST(Explain, DoesNotTakeWhatOnlyLooksLikeTheQuirk) {
  EXPECT_FALSE(explained("T2 send request to=cms data=bad data_size=5 -> 6\n").holds());
  EXPECT_FALSE(explained("T2 get_version -> 4\n").holds());
  EXPECT_FALSE(explained("T2 free=outside -> EFAULT\n").holds());
  EXPECT_TRUE(explained("T2 free=pool_end -> EFAULT\n").holds());
}

TEST(Explain, HoldsLaterStepsToTheQuirk) {
  const std::string over = "T2 send request to=T1 data_size=190 -> 0\n";
  const std::string received =
      "T1 recv -> 0 m1=request to=T1 from=T2/P2 uid=1000 gid=1000 time=t1 data=" +
      std::string(2 * 190, '0') + "\n";
  const std::string access =
      "T1 recv -> blocked\nT2 send request to=cms code=1 -> 0\nT1 poll -> 0 m0=request to=cms "
      "code=1 from=T2/P2 uid=1000 gid=1000 time=t9\nT1 cms add_access subject=T2 service=0 -> 0\n";
  EXPECT_TRUE(explained(access + over + received).holds());
  // Who lets it through must also deliver it.
  const auto lost = explained(access + over + "T1 recv -> blocked\n");
  EXPECT_FALSE(lost.holds());
}

TEST(Explain, FindsTwoQuirksInOneCase) {
  const auto one = explained(
      "T2 free=pool_end -> EFAULT\nT2 get_version arg=bad -> 4\nT2 free=pool_end -> EFAULT\n");
  EXPECT_TRUE(one.holds());
  EXPECT_EQ(one.rows(), (Rows{"Q4 MSG-5", "Q1 DEV-21"}));
}

TEST(Explain, ToleratesNothingInACaseOfABug) {
  const std::string steps = "T2 free=pool_end -> EFAULT\n";
  EXPECT_FALSE(explained(steps, "openharmony-2.0", "class: bug\n").holds());
}

TEST(Explain, ToleratesAMarkedQuirkOnlyWhereTheCaseNamesIt) {
  const std::string steps =
      "T2 mmap 0x50000 prot=read flags=private -> ENOMEM\nT2 get_version -> ENOMEM\n";
  EXPECT_FALSE(explained(steps).holds());
  EXPECT_TRUE(explained(steps, "openharmony-2.0", "quirk: Q5\n").holds());
}

TEST(Explain, TakesAnOpenChoiceWithoutAnyProfile) {
  // The access that a failed send gave is gone again (OBJ-23).
  const auto withdrawn = explained(
      "T2 recv -> blocked\nP3 spawn T3 uid=0 gid=0\nT3 open\n"
      "T3 mmap 65536 prot=read flags=private\nT1 recv -> blocked\n"
      "T3 send request to=cms obj@0=svc:self/token=1 obj@16=fd:99 -> EBADF\n"
      "T3 recv -> blocked\nP1 thread T4\nT4 send request to=T3 -> EACCES\n",
      "");
  EXPECT_TRUE(withdrawn.holds());
  EXPECT_EQ(withdrawn.rows(), Rows{"Q2 OBJ-23"});
}

TEST(Explain, TakesAlsoRightOutcomes) {
  EXPECT_TRUE(explained("T2 mmap 4096 prot=read flags=private -> ENOMEM\n", "").holds());
  EXPECT_FALSE(explained("T2 mmap 0 prot=read flags=private -> ENOMEM\n", "").holds());
  EXPECT_TRUE(explained("T2 recv arg=kernel -> EFAULT\n", "").holds());
  EXPECT_FALSE(explained("T2 recv arg=bad -> EFAULT\n", "").holds());
}

TEST(Explain, AsksOnlyForSurvivalAfterAPoolIsUnmapped) {
  EXPECT_TRUE(explained("T2 munmap -> 0\nT2 get_version -> 17\n", "").holds());
  EXPECT_FALSE(explained("T2 munmap -> EPERM\n", "").holds());
  EXPECT_EQ(explained("T2 munmap -> 0\nT2 get_version -> crash\n", "").unexplained(), first + 1);
}

TEST(Explain, TakesARowWithoutSwitchForItsOwnStepsOnly) {
  const TempFolder folder;
  const std::string file =
      folder.write("mine.tsv", "DEV-22\tX1\t-\t0 version=3 | 7\tany\treason\tsource\n");
  const auto profile = load_profile(source_folder() / "spec", file, real_catalogue());
  ASSERT_TRUE(profile) << profile.error();
  const auto with = [&profile](const std::string& steps) {
    return Explained(plain_case(two_processes + steps), *profile);
  };
  EXPECT_TRUE(with("T2 get_version -> 0 version=3\nT2 get_version -> 0 version=3\n").holds());
  EXPECT_EQ(with("T2 get_version -> 0 version=3\nT2 get_version -> 0 version=4\n").unexplained(),
            first + 1);
  EXPECT_TRUE(with("T2 get_version -> 7\n").holds());
  EXPECT_FALSE(with("T2 open -> 7\n").holds());
}

TEST(Explain, LetsTheTextOfACaseBeRightBesideTheReference) {
  const Program program = case_of(plain_case(two_processes + "T2 get_version -> 7\n"));
  std::vector<Outcome> observed = run_reference(program, DataModel::ilp32, 0);
  observed.back().kind = Outcome::Kind::value;
  observed.back().value = 7;
  const Profile profile = real_profile("");
  const Explainer explainer(real_catalogue(), profile);
  Question question{program, Observations::of_run(observed), DataModel::ilp32, {}, {}};
  EXPECT_FALSE(explainer.explain(question).holds());
  question.contradicted.emplace();
  EXPECT_TRUE(explainer.explain(question).holds());
}

TEST(ReferenceState, IsThatBeforeTheStep) {
  const Program program = case_of(plain_case(two_processes));
  const auto before = [&program](std::size_t step) {
    return reference_state_before(program, step, DataModel::ilp32, 0);
  };
  EXPECT_NE(before(3).find("no CMS"), std::string::npos);
  EXPECT_EQ(before(4).find("no CMS"), std::string::npos);
}

}  // namespace
}  // namespace touchstone
