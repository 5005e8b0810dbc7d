#include "conformance/compare.h"

#include <gtest/gtest.h>

#include "conformance/test_support.h"

namespace touchstone {
namespace {

using Match = Comparer::Match;

// Outcomes by their text, compared step after step in a Program without steps of interest.
class Compared {
 public:
  explicit Compared(Program program = {}, CompareRules rules = {})
      : program_(std::move(program)), comparer_(program_, rules) {}

  Match step(const std::string& right, const std::string& got) {
    right_.push_back(outcomes(right));
    got_.push_back(outcomes(got));
    return comparer_.compare(right_.size() - 1, right_.back(), got_.back());
  }
  Match step(std::vector<Outcome> right, std::vector<Outcome> got) {
    right_.push_back(std::move(right));
    got_.push_back(std::move(got));
    return comparer_.compare(right_.size() - 1, right_.back(), got_.back());
  }
  std::vector<std::size_t> unsettled() const { return comparer_.unsettled(); }

  std::vector<Outcome> outcomes(const std::string& text) {
    std::vector<Outcome> all;
    std::size_t begin = 0;
    while (!text.empty() && begin <= text.size()) {
      const std::size_t end = std::min(text.find(" | ", begin), text.size());
      auto outcome = parse_outcome(text.substr(begin, end - begin), program_);
      EXPECT_TRUE(outcome) << text;
      if (outcome) all.push_back(*outcome);
      begin = end + 3;
    }
    return all;
  }

 private:
  Program program_;
  Comparer comparer_;
  std::vector<std::vector<Outcome>> right_;
  std::vector<std::vector<Outcome>> got_;
};

std::string request(const std::string& rest) { return "0 m=request to=T1 from=T2/P2 " + rest; }

std::string notice(int task, const std::string& from, int time) {
  return "0 n" + std::to_string(time) + "=death_notify to=T9 token=T" + std::to_string(task) +
         " from=" + from + " uid=1 gid=1 time=t" + std::to_string(time);
}

Outcome kind(Outcome::Kind kind) {
  Outcome outcome;
  outcome.kind = kind;
  return outcome;
}

TEST(Compare, HoldsForEqualOutcomesOfEachKind) {
  Compared compared;
  for (const std::string text :
       {"0", "7", "EINVAL", "blocked", "T3", "0 service=T2", "0 version=2"}) {
    EXPECT_EQ(compared.step(text, text), Match::yes) << text;
  }
}

TEST(Compare, DiffersForOtherOutcomes) {
  Compared compared;
  EXPECT_EQ(compared.step("0", "1"), Match::no);
  EXPECT_EQ(compared.step("EINVAL", "EACCES"), Match::no);
  EXPECT_EQ(compared.step("0", "blocked"), Match::no);
  EXPECT_EQ(compared.step("T3", "T4"), Match::no);
  EXPECT_EQ(compared.step("0 version=2", "0 version=3"), Match::no);
}

TEST(Compare, HoldsIfAnyAlternativeOfEitherSideIsRight) {
  Compared compared;
  EXPECT_EQ(compared.step("EINVAL | ENOMEM", "ENOMEM"), Match::yes);
  EXPECT_EQ(compared.step("EEXIST", "EEXIST | ENOMEM"), Match::yes);
  EXPECT_EQ(compared.step("EINVAL | ENOMEM", "EEXIST"), Match::no);
}

TEST(Compare, TakesAnyAnswerWhereNothingIsExpected) {
  Compared compared;
  EXPECT_EQ(compared.step("", "EINVAL"), Match::yes);
  EXPECT_EQ(compared.step("EINVAL", ""), Match::yes);
}

TEST(Compare, NeverTakesACrashAHangOrAStepThatWasNotRun) {
  Compared compared;
  for (const auto one :
       {Outcome::Kind::crash, Outcome::Kind::hang, Outcome::Kind::not_run, Outcome::Kind::lost}) {
    EXPECT_EQ(compared.step(std::vector<Outcome>{}, {kind(one)}), Match::no);
    EXPECT_EQ(compared.step({kind(one)}, {kind(one)}), Match::no);
    EXPECT_EQ(compared.step(compared.outcomes("0"), {kind(one)}), Match::no);
  }
}

TEST(Compare, BindsTimeNamesOneToOneAtFirstSight) {
  Compared compared;
  EXPECT_EQ(compared.step(request("uid=0 gid=0 time=t1"), request("uid=0 gid=0 time=t7")),
            Match::yes);
  EXPECT_EQ(compared.step(request("uid=0 gid=0 time=t1"), request("uid=0 gid=0 time=t7")),
            Match::yes);
  EXPECT_EQ(compared.step(request("uid=0 gid=0 time=t1"), request("uid=0 gid=0 time=t8")),
            Match::no);
  EXPECT_EQ(compared.step(request("uid=0 gid=0 time=t2"), request("uid=0 gid=0 time=t7")),
            Match::no);
  EXPECT_EQ(compared.step(request("uid=0 gid=0 time=t2"), request("uid=0 gid=0 time=t8")),
            Match::yes);
}

TEST(Compare, BindsNoTimeNameOfAMessageThatDiffers) {
  Compared compared;
  EXPECT_EQ(compared.step(request("code=1 uid=0 gid=0 time=t1"), request("uid=0 gid=0 time=t7")),
            Match::no);
  EXPECT_EQ(compared.step(request("uid=0 gid=0 time=t1"), request("uid=0 gid=0 time=t8")),
            Match::yes);
}

TEST(Compare, IgnoresNamesOfMessages) {
  Compared compared;
  EXPECT_EQ(compared.step("0 a=request to=T1 from=T2/P2 uid=0 gid=0 time=t1",
                          "0 b=request to=T1 from=T2/P2 uid=0 gid=0 time=t1"),
            Match::yes);
}

TEST(Compare, ComparesCredentialsOnlyWhereTheBackendHasThem) {
  Compared strict;
  Compared lax({}, {.credentials = false});
  const std::string right = request("uid=5 gid=6 time=t1");
  const std::string got = request("uid=0 gid=0 time=t1");
  EXPECT_EQ(strict.step(right, got), Match::no);
  EXPECT_EQ(lax.step(right, got), Match::yes);
}

TEST(Compare, ComparesTheOriginOfADescriptorOnlyWhereBothKnowIt) {
  Compared compared;
  const std::string head = request("uid=0 gid=0 time=t1 data=") + std::string(32, '0');
  EXPECT_EQ(compared.step(head + " obj@0=fd:F101", head + " obj@0=fd:F101/of=P2.F1"), Match::yes);
  EXPECT_EQ(compared.step(head + " obj@0=fd:F101/of=P2.F1", head + " obj@0=fd:F101/of=P2.F2"),
            Match::no);
  EXPECT_EQ(compared.step(head + " obj@0=fd:F101", head + " obj@0=fd:F102"), Match::no);
}

TEST(Compare, NeverTakesAMessageWithADefect) {
  Compared compared;
  std::vector<Outcome> got = compared.outcomes(request("uid=0 gid=0 time=t1"));
  got.front().message.defects.push_back({"RCV-15", "data is not null though its size is 0"});
  EXPECT_EQ(compared.step(compared.outcomes(request("uid=0 gid=0 time=t1")), got), Match::no);
  EXPECT_EQ(compared.step(std::vector<Outcome>{}, got), Match::no);
}

// P2 has the tasks T2, T4 and T5; T4 ends alone in one of them.
Program three_services(const std::string& end) {
  return case_of(
      plain_case("P1 spawn T9 uid=1 gid=1\nP2 spawn T2 uid=1 gid=1\nP2 thread T4\n"
                 "P2 thread T5\n" +
                 end));
}

TEST(Compare, TakesNoticesOfTasksThatEndTogetherInAnyOrder) {
  Compared compared(three_services("P2 exit\n"));
  EXPECT_EQ(compared.step(notice(2, "T2/P2", 1), notice(4, "T4/P2", 1)), Match::maybe);
  EXPECT_EQ(compared.step(notice(4, "T4/P2", 2), notice(5, "T5/P2", 2)), Match::maybe);
  EXPECT_EQ(compared.step(notice(5, "T5/P2", 3), notice(2, "T2/P2", 3)), Match::yes);
  EXPECT_TRUE(compared.unsettled().empty());
}

TEST(Compare, NamesTheStepOfANoticeThatIsNeverSettled) {
  Compared compared(three_services("P2 exit\n"));
  EXPECT_EQ(compared.step(notice(2, "T2/P2", 1), notice(4, "T4/P2", 1)), Match::maybe);
  EXPECT_EQ(compared.step(notice(4, "T4/P2", 2), notice(5, "T5/P2", 2)), Match::maybe);
  EXPECT_EQ(compared.unsettled(), std::vector<std::size_t>{1});
}

TEST(Compare, DoesNotSettleANoticeThatComesTwice) {
  Compared compared(three_services("P2 exit\n"));
  EXPECT_EQ(compared.step(notice(2, "T2/P2", 1), notice(2, "T2/P2", 1)), Match::yes);
  EXPECT_EQ(compared.step(notice(4, "T4/P2", 2), notice(2, "T2/P2", 2)), Match::maybe);
  EXPECT_EQ(compared.unsettled(), std::vector<std::size_t>{1});
}

TEST(Compare, DoesNotSettleANoticeTwice) {
  Compared compared(three_services("P2 exit\n"));
  EXPECT_EQ(compared.step(notice(2, "T2/P2", 1), notice(4, "T4/P2", 1)), Match::maybe);
  EXPECT_EQ(compared.step(notice(4, "T4/P2", 2), notice(2, "T2/P2", 2)), Match::yes);
  EXPECT_EQ(compared.step(notice(5, "T5/P2", 3), notice(2, "T2/P2", 2)), Match::maybe);
  EXPECT_EQ(compared.unsettled(), std::vector<std::size_t>{2});
}

TEST(Compare, KeepsTheOrderOfNoticesOfTasksThatEndOneAfterTheOther) {
  Compared compared(three_services("T4 exit\nT5 exit\n"));
  EXPECT_EQ(compared.step(notice(4, "T4/P2", 1), notice(5, "T5/P2", 1)), Match::no);
}

TEST(Compare, FindsAWrongSenderOfANoticeOutOfOrder) {
  Compared compared(three_services("P2 exit\n"));
  EXPECT_EQ(compared.step(notice(4, "T4/P2", 1), notice(2, "T2/P2", 1)), Match::maybe);
  EXPECT_EQ(compared.step(notice(2, "T2/P2", 2), notice(4, "KERNEL/KERNEL", 2)), Match::maybe);
  EXPECT_EQ(compared.unsettled(), std::vector<std::size_t>{1});
}

}  // namespace
}  // namespace touchstone
