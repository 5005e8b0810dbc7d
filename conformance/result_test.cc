#include "conformance/result.h"

#include <gtest/gtest.h>

#include "conformance/result_json.h"

namespace touchstone {
namespace {

RunResult run_of(std::vector<Verdict> verdicts) {
  RunResult result;
  for (const Verdict verdict : verdicts) {
    CaseResult one;
    one.verdict = verdict;
    result.cases.push_back(one);
  }
  return result;
}

RunResult full_result() {
  RunResult result = run_of({Verdict::fail, Verdict::unsupported});
  result.provenance = {.suite_version = "1.2",
                       .command = "run",
                       .backend = "plugin:a.so",
                       .backend_name = "a",
                       .backend_version = "3",
                       .data_model = "lp64",
                       .capabilities = {"fork", "fd"},
                       .profile = "none",
                       .seed = 7,
                       .flags = {"run", "--backend", "plugin:a.so"}};
  result.malformed = {"a.case:1:1: expected"};
  result.waiver_findings = {"w:1: expired"};
  result.lost = "cable";
  CaseResult& one = result.cases[0];
  one.id = "message/late";
  one.name = "late";
  one.title = "a \"title\" with \xc3\xa9";
  one.file = "cases/late.case";
  one.chapter = "message";
  one.case_class = "contract";
  one.clauses = {"MSG-27"};
  one.reason = "line 3";
  one.waiver = "late";
  one.tolerated = {{"MSG-5", "Q4", "EFAULT", "why", true}};
  one.differences = {{Difference::Role::further, 3, "T1 open", "DEV-1", "s", "0", "EINVAL", "0",
                      "note", "state\nlines"}};
  one.steps = {{3, "T1 open", "0", "EINVAL"}};
  one.captured = "out\n";
  one.replay = "touchstone replay late";
  one.milliseconds = 0.25;
  result.cases[1].missing = {"fork"};
  return result;
}

TEST(ExitStatus, IsAllHeldWhenSomethingHeldAndNothingFailed) {
  EXPECT_EQ(exit_status(run_of({Verdict::pass})), ExitStatus::all_held);
  EXPECT_EQ(
      exit_status(run_of({Verdict::pass, Verdict::quirk, Verdict::waived, Verdict::unsupported})),
      ExitStatus::all_held);
}

TEST(ExitStatus, IsNeverAllHeldWhenNothingWasCarriedOut) {
  EXPECT_EQ(exit_status(run_of({})), ExitStatus::wrong_usage);
  EXPECT_EQ(exit_status(run_of({Verdict::unsupported, Verdict::unsupported})),
            ExitStatus::wrong_usage);
}

TEST(ExitStatus, IsUnexpectedForEachVerdictThatFailsARun) {
  for (const Verdict verdict :
       {Verdict::fail, Verdict::crash, Verdict::timeout, Verdict::unexpected_pass}) {
    EXPECT_EQ(exit_status(run_of({Verdict::pass, verdict})), ExitStatus::unexpected_result);
  }
}

TEST(ExitStatus, TellsALostBackendFromABrokenHarnessFromAMalformedCase) {
  RunResult result = run_of({Verdict::pass, Verdict::fail});
  result.malformed = {"a.case:1:1: expected"};
  EXPECT_EQ(exit_status(result), ExitStatus::wrong_usage);
  result.cases.push_back(run_of({Verdict::broken}).cases[0]);
  EXPECT_EQ(exit_status(result), ExitStatus::harness_broken);
  result.lost = "cable";
  EXPECT_EQ(exit_status(result), ExitStatus::backend_unusable);
}

TEST(ExitStatus, IsUnexpectedForAWaiverThatNeedsALook) {
  RunResult result = run_of({Verdict::pass});
  result.waiver_findings = {"w:1: expired"};
  EXPECT_EQ(exit_status(result), ExitStatus::unexpected_result);
}

TEST(Verdict, EveryWordLeadsBack) {
  for (const Verdict verdict : all_verdicts) {
    EXPECT_EQ(verdict_from_word(verdict_word(verdict)), verdict);
  }
  EXPECT_EQ(verdict_from_word("passed"), std::nullopt);
}

TEST(ResultJson, GivesTheSameResultBack) {
  for (const RunResult& result : {full_result(), run_of({}), run_of({Verdict::pass})}) {
    const auto back = result_from_json(result_to_json(result));
    ASSERT_TRUE(back) << back.error();
    EXPECT_TRUE(*back == result);
  }
}

TEST(ResultJson, SumsUpForOtherReaders) {
  const std::string json = result_to_json(full_result());
  EXPECT_NE(json.find("\"exit_status\": 3"), std::string::npos);
  EXPECT_NE(json.find("\"unsupported\": 1"), std::string::npos);
}

TEST(ResultJson, RefusesWhatIsNoResult) {
  EXPECT_FALSE(result_from_json("no json"));
  EXPECT_FALSE(result_from_json("[]"));
  EXPECT_FALSE(result_from_json("{}"));
  EXPECT_FALSE(result_from_json("{\"touchstone_result\": 1}"));
  std::string other_word = result_to_json(full_result());
  other_word.replace(other_word.find("\"verdict\": \"fail\""), 17, "\"verdict\": \"fine\"");
  const auto back = result_from_json(other_word);
  ASSERT_FALSE(back);
  EXPECT_NE(back.error().find("fine"), std::string::npos);
}

TEST(ResultJson, KeepsTextThatIsNoUtf8Readable) {
  RunResult result = run_of({Verdict::pass});
  result.cases[0].file = "a\xff.case";
  EXPECT_TRUE(result_from_json(result_to_json(result)));
}

}  // namespace
}  // namespace touchstone
