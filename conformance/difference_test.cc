#include "conformance/difference.h"

#include <gtest/gtest.h>

#include "conformance/test_support.h"

namespace touchstone {
namespace {

Outcome error(std::int64_t number, const char* clause = "") {
  Outcome outcome;
  outcome.kind = Outcome::Kind::error;
  outcome.value = number;
  outcome.clause = clause;
  return outcome;
}

// The last step, answered with `got` where the reference says EINVAL by MSG-28.
Difference described(const std::string& step, const Outcome& got) {
  const Program program = case_of(plain_case(two_processes + step));
  const Outcome reference = error(22, "MSG-28");
  return describe_difference(program, program.steps.size() - 1, {&reference, 1}, reference,
                             {&got, 1}, real_catalogue());
}

TEST(Difference, SaysWhatSuchAnAnswerWouldMean) {
  const Difference difference = described("T2 send request to=T1\n", error(13));
  EXPECT_EQ(difference.clause, "MSG-28");
  EXPECT_EQ(difference.sentence, real_catalogue().find("MSG-28")->sentence);
  EXPECT_EQ(difference.operation, "T2 send request to=T1");
  EXPECT_EQ(difference.expected, "EINVAL");
  EXPECT_EQ(difference.got, "EACCES");
  EXPECT_EQ(difference.note, "EACCES is what ACC-3 gives");
}

TEST(Difference, ConsidersOnlyWhatTheCallDoes) {
  const std::string with_object = "T2 send request to=T1 obj@0=svc:T1\n";
  EXPECT_EQ(described(with_object, error(13)).note, "EACCES is what ACC-3 or OBJ-18 gives");
  EXPECT_EQ(described("T2 recv\n", error(13)).note, "no clause gives EACCES here");
  EXPECT_EQ(described("T2 get_version\n", error(12)).note, "ENOMEM is what DEV-17 gives");
}

TEST(Difference, GivesNoHintThatIsTooLongToHelp) {
  EXPECT_EQ(described("T2 send+recv request to=T1\n", error(22)).note, "");
}

TEST(Difference, PrefersTheReasonThatTheBackendGave) {
  Outcome crash;
  crash.kind = Outcome::Kind::crash;
  crash.reason = "SIGSEGV";
  EXPECT_EQ(described("T2 recv\n", crash).note, "SIGSEGV");
}

TEST(Difference, NamesNoClauseForAStepThatCouldNotBeCarriedOut) {
  Outcome not_run = error(0, "DEV-1");
  not_run.kind = Outcome::Kind::not_run;
  const Outcome got = error(22);
  EXPECT_EQ(clause_of(not_run, {&got, 1}), "");
}

}  // namespace
}  // namespace touchstone
