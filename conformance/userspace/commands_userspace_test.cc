// The commands about user space from end to end, on an implementation that does what its scripts
// say.
#include "conformance/userspace/commands_userspace.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <utility>

#include "conformance/result_json.h"
#include "conformance/test_support.h"
#include "conformance/userspace/fake_player.h"
#include "conformance/userspace/script_run.h"

namespace touchstone::userspace {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string text_of(const std::string& name, const std::string& steps,
                    const std::string& header = "clauses: DEV-1\n") {
  return "case: " + name + "\ntitle: the title\n" + header + "\n" + steps;
}

class UserspaceCommandTest : public testing::Test {
 protected:
  UserspaceCommandTest() {
    add("device/holds", "show 1 -> 1\n");
    stage_.command = "fake";
    stage_.subjects.push_back({"device", fake_subject()});
    options_.flags = {"fake"};
    options_.timeout_seconds = 20;
  }

  void add(const std::string& id, const std::string& steps,
           const std::string& header = "clauses: DEV-1\n") {
    const std::string name = id.substr(id.find('/') + 1);
    suite_.folder().write("conformance/userspace/cases/" + id + ".case",
                          text_of(name, steps, header));
  }
  CliResult judge() const {
    std::ostringstream out;
    std::ostringstream err;
    const World world{out, err, "2026-06-15", nullptr, {}};
    const Suite suite{DataDir{suite_.folder().path()}, real_catalogue()};
    const ExitStatus status = judge_on(stage_, options_, suite, world);
    return {std::to_underlying(status), out.str(), err.str()};
  }
  RunResult judge_for_report() {
    options_.reports = {parse_report_order("json:" + suite_.path("r.json")).value()};
    judge();
    return result_from_json(suite_.folder().read("r.json")).value_or(RunResult{});
  }
  std::string waivers(const std::string& rows) const { return suite_.folder().write("w", rows); }

  SampleSuite suite_;
  Stage stage_;
  Options options_;
};

TEST_F(UserspaceCommandTest, HoldsInBothDataModels) {
  const CliResult result = judge();
  EXPECT_EQ(result.status, 0) << result.out << result.err;
  EXPECT_TRUE(has(result.out, "fake 2 cases on fake 7 (ilp32+lp64, fake), profile none"));
  EXPECT_TRUE(has(result.out, "\n2 passed\n"));
  EXPECT_EQ(result.err, "");
}

TEST_F(UserspaceCommandTest, AResultIsNamedByItsModelWhereThereAreTwo) {
  add("device/narrow", "model -> ilp32\n", "clauses: DEV-1\nabi: ilp32\n");
  const RunResult result = judge_for_report();
  ASSERT_EQ(result.cases.size(), 3u);
  EXPECT_EQ(result.cases[0].id, "device/holds@ilp32");
  EXPECT_EQ(result.cases[1].id, "device/holds@lp64");
  EXPECT_EQ(result.cases[1].name, "holds");
  EXPECT_EQ(result.cases[1].replay, "touchstone fake device/holds --abi lp64");
  EXPECT_EQ(result.cases[2].id, "device/narrow");
  EXPECT_EQ(result.cases[2].replay, "touchstone fake device/narrow");
  EXPECT_EQ(result.cases[2].verdict, Verdict::pass);
  EXPECT_EQ(result.provenance.command, "fake");
  EXPECT_EQ(result.provenance.data_model, "ilp32+lp64");
}

TEST_F(UserspaceCommandTest, AbiLeavesOneModel) {
  options_.userspace.data_model = DataModel::lp64;
  const RunResult result = judge_for_report();
  ASSERT_EQ(result.cases.size(), 1u);
  EXPECT_EQ(result.cases[0].id, "device/holds@lp64");
  EXPECT_EQ(result.provenance.data_model, "lp64");
}

TEST_F(UserspaceCommandTest, AModelThatTheSubjectDoesNotHaveIsUnsupported) {
  stage_.subjects[0].subject.data_models = {DataModel::lp64};
  add("device/narrow", "model -> ilp32\n", "clauses: DEV-1\nabi: ilp32\n");
  const CliResult both = judge();
  EXPECT_EQ(both.status, 0);
  EXPECT_TRUE(has(both.out, "1 passed   1 unsupported (abi=ilp32 1)"));
  options_.userspace.data_model = DataModel::ilp32;
  const CliResult none = judge();
  EXPECT_EQ(none.status, 2);
  EXPECT_TRUE(has(none.out, "0 passed   2 unsupported (abi=ilp32 2)   nothing was carried out"));
}

TEST_F(UserspaceCommandTest, AFailureIsExitOneWithClauseStateAndReplay) {
  add("device/fails", "show 1 -> 1\nshow 1 flag=3 -> 1 flag=1 [DEV-2]\n");
  stage_.subjects[0].subject.data_models = {DataModel::lp64};
  options_.userspace.library = "./my lib.so";
  options_.profile = suite_.folder().write("p.tsv", "# none\n");
  const CliResult result = judge();
  EXPECT_EQ(result.status, 1);
  EXPECT_TRUE(has(result.out, "fails.case:6   DEV-2  "));
  EXPECT_TRUE(has(result.out, "  step      show 1 flag=3\n"));
  EXPECT_TRUE(has(result.out, "  expected  1 flag=1\n"));
  EXPECT_TRUE(has(result.out, "  got       1 flag=3\n"));
  EXPECT_TRUE(has(result.out, "  state     1 steps\n"));
  EXPECT_TRUE(has(result.out, "  backend   fake 7\n"));
  EXPECT_TRUE(has(result.out,
                  "  replay    touchstone fake device/fails --library './my lib.so' --profile " +
                      options_.profile + "\n"))
      << result.out;
  EXPECT_TRUE(has(result.out, "\n1 passed   1 failed\n"));
}

TEST_F(UserspaceCommandTest, ACrashAHangAndAnExitCostTheirCaseAlone) {
  stage_.subjects[0].subject.data_models = {DataModel::lp64};
  options_.timeout_seconds = 0.5;
  add("device/a-crashes", "print \"the last words\"\ncrash\n");
  add("device/b-exits", "exit 0\n");
  add("device/c-hangs", "hang\n");
  add("device/d-lacks", "lack IpcIoPushBool\n");
  const CliResult result = judge();
  EXPECT_EQ(result.status, 1);
  EXPECT_TRUE(has(result.out, "exit status 0"));
  EXPECT_TRUE(has(result.out, "no answer in 500 ms"));
  EXPECT_TRUE(
      has(result.out, "\n1 passed   2 crashed   1 timed out   1 unsupported (IpcIoPushBool 1)\n"))
      << result.out;
}

TEST_F(UserspaceCommandTest, AnEmptySelectionIsExitTwo) {
  for (const SelectionOptions& selection :
       {SelectionOptions{.names = {"absent"}}, SelectionOptions{.clauses = {"DEV-2"}},
        SelectionOptions{.levels = {"quirk"}}, SelectionOptions{.clauses = {"XYZ-1"}},
        SelectionOptions{.levels = {"should"}}}) {
    options_.selection = selection;
    const CliResult result = judge();
    EXPECT_EQ(result.status, 2);
    EXPECT_NE(result.err, "");
    options_.userspace.lists = true;
    EXPECT_EQ(judge().status, 2);
    options_.userspace.lists = false;
  }
}

TEST_F(UserspaceCommandTest, OtherChaptersAreLeftOutEvenIfTheyAreMalformed) {
  suite_.folder().write("conformance/userspace/cases/cms/wrong.case", "nonsense\n");
  EXPECT_EQ(judge().status, 0);
  add("cms/other", "show 1 -> 2\n", "clauses: CMS-1\n");
  EXPECT_EQ(judge().status, 0);
  options_.selection.names = {suite_.path("conformance/userspace/cases/cms/other.case")};
  EXPECT_EQ(judge().status, 2);
}

TEST_F(UserspaceCommandTest, FilesAndFoldersOutsideTheSuiteArePlayed) {
  stage_.subjects[0].subject.data_models = {DataModel::lp64};
  const std::string file = suite_.folder().write("mine/a.case", text_of("a", "show 1 -> 2\n"));
  suite_.folder().write("mine/b.case", text_of("b", "show 1 -> 1\n"));
  options_.selection.names = {file};
  const CliResult one = judge();
  EXPECT_EQ(one.status, 1);
  EXPECT_TRUE(has(one.out, "replay    touchstone fake " + file + "\n")) << one.out;
  options_.selection.names = {suite_.path("mine")};
  EXPECT_TRUE(has(judge().out, "\n1 passed   1 failed\n"));
}

TEST_F(UserspaceCommandTest, AMalformedCaseIsExitTwoOnceAndTheOthersStillRun) {
  add("device/wrong-text", "show -> \n");
  add("device/wrong-step", "show 1\nnumber 256 -> 1\n");
  add("device/wrong-key", "show 1 -> typo=1\n");
  const CliResult result = judge();
  EXPECT_EQ(result.status, 2);
  EXPECT_TRUE(has(result.out, "wrong-text.case:5:8: expected an outcome"));
  EXPECT_TRUE(has(result.out, "wrong-step.case:6:8: expected a number of at most 255, found 256"));
  EXPECT_TRUE(has(result.out, "wrong-key.case:5:16: expected a key that `show` shows"));
  EXPECT_TRUE(has(result.out, "2 passed   3 malformed")) << result.out;
}

TEST_F(UserspaceCommandTest, AnImplementationThatIsLostIsExitThree) {
  stage_.subjects[0].subject.make_player = [](DataModel) { return nullptr; };
  add("device/other", "show 1\n");
  const CliResult result = judge();
  EXPECT_EQ(result.status, 3);
  EXPECT_TRUE(has(result.out, "1 lost"));
  EXPECT_TRUE(has(result.out, "no instance could be made"));
}

TEST_F(UserspaceCommandTest, AProfileToleratesWhatItNames) {
  add("device/odd", "show 5 -> 6\n");
  options_.profile = suite_.folder().write("p.tsv", "DEV-1\todd\t5\t-\tit is odd\tfacts 1\n");
  const CliResult result = judge();
  EXPECT_EQ(result.status, 0);
  EXPECT_TRUE(has(result.out, "quirk    device/odd@lp64   tolerated: odd (DEV-1)"));
  EXPECT_TRUE(has(result.out, "2 passed   2 tolerated as quirks"));
  options_.profile = "absent";
  EXPECT_EQ(judge().status, 2);
}

TEST_F(UserspaceCommandTest, AWaiverTurnsAFailureIntoWaived) {
  add("device/fails", "show 1 -> 2\n");
  const std::string rest = "\tbug\tfake\t*\t#1\t2026-12-31\n";
  options_.waivers = waivers("device/fails@ilp32" + rest + "device/fails@lp64" + rest);
  EXPECT_EQ(judge().status, 0);
  options_.waivers = waivers("fails" + rest);
  EXPECT_TRUE(has(judge().out, "2 passed   2 waived"));
  options_.waivers = waivers("clause:DEV-1" + rest);
  EXPECT_EQ(judge().status, 0);
  options_.waivers = waivers("holds" + rest);
  EXPECT_TRUE(has(judge().out, "2 passed unexpectedly"));
}

TEST_F(UserspaceCommandTest, AWaiverOfWhatWasNotPlayedSaysNothing) {
  add("device/fails", "show 1 -> 2\n");
  const std::string rest = "\tbug\tfake\t*\t#1\t2026-12-31\n";
  options_.waivers = waivers("device/fails@ilp32" + rest);
  options_.selection.names = {"holds"};
  EXPECT_EQ(judge().status, 0);
  options_.selection.names = {};
  options_.userspace.data_model = DataModel::lp64;
  EXPECT_EQ(judge().status, 1);
  EXPECT_FALSE(has(judge().out, "WAIVER"));
  options_.waivers = waivers("absent" + rest);
  EXPECT_TRUE(has(judge().out, "`absent` names no case"));
}

TEST_F(UserspaceCommandTest, ListNamesTheCasesAndPlaysNone) {
  add("device/crashes", "crash\n");
  options_.userspace.lists = true;
  const CliResult result = judge();
  EXPECT_EQ(result.status, 0);
  EXPECT_TRUE(has(result.out, "device/crashes"));
  EXPECT_TRUE(has(result.out, "the title  (DEV-1)\n"));
}

TEST_F(UserspaceCommandTest, ReportsAreWrittenInEveryForm) {
  options_.reports = {parse_report_order("junit:" + suite_.path("r.xml")).value(),
                      parse_report_order("tap:" + suite_.path("r.tap")).value()};
  EXPECT_EQ(judge().status, 0);
  EXPECT_TRUE(has(suite_.folder().read("r.xml"), "device/holds@lp64"));
  EXPECT_TRUE(has(suite_.folder().read("r.tap"), "ok 2 - device/holds@lp64"));
  options_.reports = {parse_report_order("tap:" + suite_.path("no/folder/r")).value()};
  EXPECT_EQ(judge().status, 2);
}

class MoreCasesTest : public UserspaceCommandTest {
 protected:
  MoreCasesTest() {
    stage_.more = MoreCases{"more of the same", {"vectors/"}, 7, {}};
    stage_.more->play = [](const MoreContext& context, RunResult& result) {
      for (const bool is_first : {true, false}) {
        CaseResult one;
        one.id = is_first ? "vectors/push/one" : "vectors/pop/two";
        one.clauses = {is_first ? "DEV-1" : "DEV-2"};
        one.chapter = "device";
        one.verdict = is_first ? Verdict::pass : Verdict::fail;
        if (!context.is_wanted(one)) continue;
        result.cases.push_back(one);
        context.on_case(one);
      }
      return std::expected<void, std::string>();
    };
  }
};

TEST_F(MoreCasesTest, ArePlayedAfterTheScripts) {
  const CliResult result = judge();
  EXPECT_EQ(result.status, 1);
  EXPECT_TRUE(has(result.out, "seed 7"));
  EXPECT_TRUE(has(result.out, "\n3 passed   1 failed\n")) << result.out;
}

TEST_F(MoreCasesTest, AreChosenByTheirPrefixAndScriptsByTheirs) {
  options_.selection.names = {"vectors/push/*"};
  EXPECT_TRUE(has(judge().out, "\n1 passed\n"));
  options_.selection.names = {"holds"};
  EXPECT_TRUE(has(judge().out, "\n2 passed\n"));
  options_.selection.names = {"vectors/push/one", "vectors/pop/two", "holds"};
  EXPECT_TRUE(has(judge().out, "\n3 passed   1 failed\n"));
  options_.selection.names = {"vectors/absent"};
  const CliResult absent = judge();
  EXPECT_EQ(absent.status, 2);
  EXPECT_TRUE(has(absent.err, "`vectors/absent` matches no case"));
}

TEST_F(MoreCasesTest, AreChosenByClauseAndLevel) {
  options_.selection.clauses = {"DEV-2"};
  EXPECT_TRUE(has(judge().out, "\n0 passed   1 failed\n"));
  options_.selection.clauses = {"DEV-3"};
  EXPECT_EQ(judge().status, 2);
}

TEST_F(MoreCasesTest, AWaiverOfThoseThatWereNotPlayedSaysNothing) {
  const std::string rest = "\tbug\tfake\t*\t#1\t2026-12-31\n";
  options_.waivers = waivers("vectors/pop/two" + rest);
  EXPECT_EQ(judge().status, 0);
  options_.selection.names = {"holds"};
  EXPECT_EQ(judge().status, 0);
  options_.selection.names = {};
  options_.waivers = waivers("vectors/pop/two" + rest + "vectors/pop/three" + rest);
  EXPECT_TRUE(has(judge().out, "`vectors/pop/three` names no case"));
}

TEST_F(MoreCasesTest, WhatCannotBePlayedIsExitTwo) {
  stage_.more->play = [](const MoreContext&, RunResult&) {
    return std::expected<void, std::string>(std::unexpect, "no vector in x/");
  };
  const CliResult refused = judge();
  EXPECT_EQ(refused.status, 2);
  EXPECT_TRUE(has(refused.err, "no vector in x/"));
}

}  // namespace
}  // namespace touchstone::userspace
