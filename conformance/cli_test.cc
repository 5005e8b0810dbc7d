// The command line from end to end: each lesson that users of other harnesses paid for has its
// test.
#include "conformance/cli.h"

#include <gtest/gtest.h>

#include "conformance/result_json.h"
#include "conformance/test_support.h"

namespace touchstone {
namespace {

constexpr int all_held = 0;
constexpr int unexpected_result = 1;
constexpr int wrong_usage = 2;
constexpr int backend_unusable = 3;
constexpr int harness_broken = 4;

std::string text_of(const std::string& name, const std::string& steps,
                    const std::string& more_header = "") {
  return "case: " + name + "\ntitle: the title\nclauses: DEV-1\nabi: any\n" + more_header +
         "\nP1 spawn T1 uid=0 gid=0 -> 0\n" + steps;
}

const std::string wrong_step = "T1 open -> EINVAL\n";

class CliTest : public testing::Test {
 protected:
  CliTest() {
    suite_.add("device/holds", text_of("holds", "T1 open -> 0\n"));
    suite_.add("device/holds-too", text_of("holds-too", "T1 open -> 0\nT1 close -> 0\n"));
  }

  void add_failing() { suite_.add("device/fails", text_of("fails", wrong_step)); }
  CliResult touchstone(const std::vector<std::string>& arguments) const {
    return touchstone_in(suite_, arguments);
  }
  CliResult run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"run", "--backend", "reference"});
    return touchstone(arguments);
  }
  std::string path(const std::string& name) const { return suite_.path(name); }
  std::string write(const std::string& name, const std::string& text) const {
    return suite_.folder().write(name, text);
  }

  SampleSuite suite_;
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(CliTest, RunHoldsOnTheReference) {
  const CliResult result = run({});
  EXPECT_EQ(result.status, all_held) << result.out << result.err;
  EXPECT_TRUE(has(result.out, "run 2 cases on reference 1"));
  EXPECT_TRUE(has(result.out, "\n2 passed\n"));
  EXPECT_EQ(result.err, "");
}

TEST_F(CliTest, TheLastBackendHolds) {
  const CliResult result = run({"--backend", "reference:lp64"});
  EXPECT_EQ(result.status, all_held);
  EXPECT_TRUE(has(result.out, "lp64"));
}

TEST_F(CliTest, OptionsWithAListLeaveTheNextWordAlone) {
  EXPECT_TRUE(has(run({"--chapter", "device", "holds"}).out, "run 1 case"));
  EXPECT_TRUE(has(run({"--report", "tap:" + path("r.tap"), "holds"}).out, "run 1 case"));
  EXPECT_TRUE(has(run({"--require", "fork", "holds"}).out, "run 1 case"));
}

TEST_F(CliTest, AFailureIsExitOneWithClauseAndReplay) {
  add_failing();
  const CliResult result = run({});
  EXPECT_EQ(result.status, unexpected_result);
  EXPECT_TRUE(has(result.out, "fails.case:7   DEV-1"));
  EXPECT_TRUE(has(result.out, "expected  EINVAL"));
  EXPECT_TRUE(has(result.out, "replay    touchstone replay "));
  EXPECT_TRUE(has(result.out, "\n2 passed   1 failed\n"));
}

TEST_F(CliTest, AnEmptySelectionIsExitTwo) {
  EXPECT_EQ(run({"nothing-of-that-name"}).status, wrong_usage);
  EXPECT_EQ(run({"--clause", "DEV-2"}).status, wrong_usage);
  EXPECT_EQ(run({"--shard", "1/2"}).status + run({"--shard", "2/2"}).status, all_held);
  EXPECT_EQ(run({"holds", "--chapter", "death"}).status, wrong_usage);
  EXPECT_EQ(touchstone({"list", "--clause", "DEV-2"}).status, wrong_usage);
}

TEST_F(CliTest, NothingCarriedOutIsNeverExitZero) {
  suite_.add("abi/wide",
             "case: wide\ntitle: t\nclauses: ABI-1\nabi: lp64\n\nP1 spawn T1 uid=0 gid=0\n");
  const CliResult result = run({"wide"});
  EXPECT_EQ(result.status, wrong_usage);
  EXPECT_TRUE(has(result.out, "1 unsupported (abi=lp64 1)   nothing was carried out"));
  EXPECT_EQ(run({}).status, all_held);
  EXPECT_EQ(run({"wide", "--abi", "lp64"}).status, all_held);
}

TEST_F(CliTest, AMalformedCaseIsExitTwoAndTheOthersStillRun) {
  suite_.add("device/wrong", text_of("wrong", "T1 opens -> 0\n"));
  const CliResult result = run({});
  EXPECT_EQ(result.status, wrong_usage);
  EXPECT_TRUE(has(result.out, "device/wrong.case:7:4: expected"));
  EXPECT_TRUE(has(result.out, "2 passed"));
}

TEST_F(CliTest, WrongUsageIsExitTwo) {
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {},
           {"frobnicate"},
           {"run"},
           {"run", "--backend", "nothing"},
           {"run", "--backend", "reference", "--frobnicate"},
           {"run", "--backend", "reference", "--abi", "ilp31"},
           {"run", "--backend", "reference", "--require", "wings"},
           {"run", "--backend", "reference", "--report", "html:x"},
           {"run", "--backend", "reference", "--shard", "3/2"},
           {"run", "--backend", "reference", "--timeout", "0"},
           {"run", "--backend", "reference", "--profile", "absent"},
           {"run", "--backend", "reference", "--waivers", "absent"},
           {"run", "--backend", "reference", "--failed-from", "absent"},
           {"judge"},
           {"show", "absent"},
           {"replay", "holds"},
           {"spec", "XYZ-1"}}) {
    const CliResult result = touchstone(arguments);
    EXPECT_EQ(result.status, wrong_usage) << testing::PrintToString(arguments) << result.out;
    EXPECT_NE(result.err, "") << testing::PrintToString(arguments);
  }
}

TEST_F(CliTest, HelpAndVersionAreExitZero) {
  EXPECT_EQ(touchstone({"--help"}).status, all_held);
  EXPECT_TRUE(has(touchstone({"--help"}).out, "judge"));
  EXPECT_EQ(touchstone({"run", "--help"}).status, all_held);
  EXPECT_EQ(touchstone({"--version"}).status, all_held);
}

TEST_F(CliTest, ABackendThatCannotBeUsedIsExitThreeAndNamed) {
  const std::string absent = "plugin:" + path("absent.so");
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"run", "--backend", absent},
                                             {"replay", "holds", "--backend", absent},
                                             {"record", "holds", "--backend", absent}}) {
    const CliResult result = touchstone(arguments);
    EXPECT_EQ(result.status, backend_unusable);
    EXPECT_TRUE(has(result.err, "absent.so"));
  }
}

TEST_F(CliTest, AContractThatCannotBeReadIsExitFour) {
  const TempFolder folder;
  folder.write("spec/README.md", "");
  std::filesystem::create_directories(folder.path() / "conformance/cases");
  std::ostringstream out;
  std::ostringstream err;
  const World world{out, err, "2026-06-15", folder.path().c_str(), {}};
  EXPECT_EQ(run_cli({"list"}, world), harness_broken);
  EXPECT_TRUE(has(err.str(), "no chapter of the contract"));
}

TEST_F(CliTest, AStepThatCannotBeCarriedOutIsExitFour) {
  suite_.add("device/impossible", text_of("impossible", "T1 exit -> 0\nT1 open -> 0\n"));
  const CliResult result = run({"impossible"});
  EXPECT_EQ(result.status, harness_broken);
  EXPECT_TRUE(has(result.out, "1 broken"));
}

TEST_F(CliTest, FailedFromTakesWhatFailedUnexpectedly) {
  add_failing();
  const std::string report = path("r.json");
  EXPECT_EQ(run({"--report", "json:" + report}).status, unexpected_result);
  const CliResult again = run({"--failed-from", report});
  EXPECT_EQ(again.status, unexpected_result);
  EXPECT_TRUE(has(again.out, "run 1 case on"));
  const CliResult listed = touchstone({"list", "--failed-from", report});
  EXPECT_TRUE(has(listed.out, "device/fails "));
  EXPECT_FALSE(has(listed.out, "device/holds "));
  EXPECT_EQ(run({"holds", "--report", "json:" + report}).status, all_held);
  EXPECT_EQ(run({"--failed-from", report}).status, wrong_usage);
}

TEST_F(CliTest, ReportsSayWhatWasRun) {
  const std::string json = path("r.json");
  const std::vector<std::string> flags{"--report", "json:" + json,
                                       "--report", "junit:" + path("r.xml"),
                                       "--report", "tap:" + path("r.tap")};
  ASSERT_EQ(run(flags).status, all_held);
  const auto result = result_from_json(suite_.folder().read("r.json"));
  ASSERT_TRUE(result) << result.error();
  EXPECT_EQ(result->provenance.suite_version + "\n", touchstone({"--version"}).out);
  EXPECT_EQ(result->provenance.backend_name, "reference");
  EXPECT_EQ(result->provenance.profile, "none");
  EXPECT_EQ(result->provenance.flags.front(), "run");
  EXPECT_EQ(result->cases.size(), 2u);
  EXPECT_TRUE(has(suite_.folder().read("r.xml"), "device/holds-too"));
  EXPECT_TRUE(has(suite_.folder().read("r.tap"), "ok 2 - device/holds-too"));
}

TEST_F(CliTest, AReportThatCannotBeWrittenIsNoSuccess) {
  EXPECT_EQ(run({"--report", "json:" + path("no/folder/r.json")}).status, wrong_usage);
}

std::string waiver(const std::string& entry, const std::string& expires) {
  return entry + "\tbug\treference\t*\t#1\t" + expires + "\tnote\n";
}

TEST_F(CliTest, AWaiverTurnsAFailureIntoWaived) {
  add_failing();
  const std::string file = write("w", waiver("device/fails", "2026-06-15"));
  const CliResult result = run({"--waivers", file});
  EXPECT_EQ(result.status, all_held);
  EXPECT_TRUE(has(result.out, "2 passed   1 waived"));
}

TEST_F(CliTest, AnExpiredWaiverFailsTheRun) {
  add_failing();
  const std::string file = write("w", waiver("device/fails", "2026-06-14"));
  const CliResult result = run({"--waivers", file});
  EXPECT_EQ(result.status, unexpected_result);
  EXPECT_TRUE(has(result.out, "expired on 2026-06-14"));
}

TEST_F(CliTest, AnUnexpectedPassFailsTheRun) {
  const std::string file = write("w", waiver("holds", "2026-12-31"));
  const CliResult result = run({"--waivers", file});
  EXPECT_EQ(result.status, unexpected_result);
  EXPECT_TRUE(has(result.out, "1 passed unexpectedly"));
}

TEST_F(CliTest, AnEntryThatMatchesNothingFailsTheRun) {
  const std::string file = write("w", waiver("no-such-case", "2026-12-31"));
  EXPECT_EQ(run({"--waivers", file}).status, unexpected_result);
}

TEST_F(CliTest, AMalformedWaiverFileIsExitTwoWithItsLine) {
  const std::string file = write("w", "# one\nnonsense\n");
  const CliResult result = run({"--waivers", file});
  EXPECT_EQ(result.status, wrong_usage);
  EXPECT_TRUE(has(result.err, file + ":2: expected"));
}

TEST_F(CliTest, WaiveAddsWhatFailedAndTheNextRunHolds) {
  add_failing();
  const std::string report = path("r.json");
  const std::string file = path("w");
  ASSERT_EQ(run({"--report", "json:" + report}).status, unexpected_result);
  const std::vector<std::string> waive{"waive",      "--report", report, "--class",
                                       "bug",        "--link",   "#7",   "--expires",
                                       "2026-12-31", "-o",       file};
  const CliResult waived = touchstone(waive);
  EXPECT_EQ(waived.status, all_held) << waived.err;
  EXPECT_TRUE(has(waived.out, "1 entries added to 0"));
  EXPECT_EQ(run({"--waivers", file}).status, all_held);
  EXPECT_TRUE(has(touchstone(waive).out, "0 entries added to 1"));
}

TEST_F(CliTest, WaiveRefusesWhatIsNoReport) {
  const std::string report = write("r.json", "{}");
  EXPECT_EQ(touchstone({"waive", "--report", report, "--class", "bug", "--link", "#7", "--expires",
                        "2026-12-31", "-o", path("w")})
                .status,
            wrong_usage);
}

TEST_F(CliTest, ListNamesTheCases) {
  const CliResult result = touchstone({"list", "holds*"});
  EXPECT_EQ(result.status, all_held);
  EXPECT_TRUE(has(result.out, "device/holds  "));
  EXPECT_TRUE(has(result.out, "the title  (DEV-1)"));
}

TEST_F(CliTest, ShowDrawsACase) {
  const CliResult result = touchstone({"show", "holds"});
  EXPECT_EQ(result.status, all_held);
  EXPECT_TRUE(has(result.out, "T1/P1"));
}

TEST_F(CliTest, ReplayShowsEachStepAndWhatDiffers) {
  add_failing();
  const CliResult result = touchstone({"replay", "fails", "--backend", "reference"});
  EXPECT_EQ(result.status, unexpected_result);
  EXPECT_TRUE(has(result.out, "ok         6  P1 spawn T1 uid=0 gid=0 -> 0\n"));
  EXPECT_TRUE(has(result.out, "DIFFERS    7  T1 open -> 0\n"));
  EXPECT_TRUE(has(result.out, "expected -> EINVAL\n"));
  EXPECT_EQ(touchstone({"replay", "holds", "--backend", "reference"}).status, all_held);
}

TEST_F(CliTest, RecordedOutcomesAreJudgedRight) {
  const std::string bare =
      write("bare.case", "case: bare\ntitle: t\nabi: any\n\nP1 spawn T1 uid=0 gid=0\nT1 open\n");
  EXPECT_EQ(touchstone({"judge", bare}).status, wrong_usage);
  const std::string recorded = path("recorded.case");
  ASSERT_EQ(touchstone({"record", bare, "--backend", "reference", "-o", recorded}).status,
            all_held);
  EXPECT_TRUE(has(suite_.folder().read("recorded.case"), "T1 open                 -> 0"));
  EXPECT_EQ(touchstone({"judge", recorded}).status, all_held);
}

TEST_F(CliTest, JudgeFailsARecordingThatBreaksAClause) {
  const std::string recording = write("r.case", text_of("r", "T1 open -> 7\n"));
  const CliResult result = touchstone({"judge", recording});
  EXPECT_EQ(result.status, unexpected_result);
  EXPECT_TRUE(has(result.out, "r.case:7   DEV-1"));
}

TEST_F(CliTest, SpecShowsAClauseAndItsCases) {
  const CliResult one = touchstone({"spec", "DEV-1"});
  EXPECT_EQ(one.status, all_held);
  EXPECT_TRUE(has(one.out, "DEV-1 must: The first open"));
  EXPECT_TRUE(has(one.out, "device/holds-too"));
  EXPECT_TRUE(has(touchstone({"spec", "DEV-21"}).out, "order   after DEV-20"));
  const CliResult all = touchstone({"spec"});
  EXPECT_TRUE(has(all.out, "DEV-1   must          2 cases"));
  EXPECT_TRUE(has(all.out, "ABI-8 "));
}

// The plug-ins of self_test/plugins are wrong in get_version.
class WrongPluginTest : public CliTest {
 protected:
  WrongPluginTest() {
    suite_.add("device/asks", text_of("asks",
                                      "T1 open -> 0\nT1 mmap 4096 prot=read flags=private -> 0\n"
                                      "T1 get_version -> 0 version=2\n"));
  }
  CliResult run_on(const std::string& plugin, std::vector<std::string> arguments) const {
    const std::string path = std::string(TOUCHSTONE_SELF_TEST_PLUGINS) + "/" + plugin + ".so";
    arguments.insert(arguments.begin(), {"run", "--backend", "plugin:" + path});
    return touchstone(arguments);
  }
  std::string waiver_file(const std::string& entry) const {
    return write("w", entry + "\tbug\t*\t*\t#1\t2026-12-31\n");
  }
};

TEST_F(WrongPluginTest, ACrashCostsItsCaseAloneAndIsNamed) {
  const CliResult result = run_on("crashes_in_ioctl", {});
  EXPECT_EQ(result.status, unexpected_result);
  EXPECT_TRUE(has(result.out, "CRASH    "));
  EXPECT_TRUE(has(result.out, "asks.case:9   DEV-22"));
  EXPECT_TRUE(has(result.out, "got       crash      <- "));
  EXPECT_TRUE(has(result.out, "\n2 passed   1 crashed\n"));
}

TEST_F(WrongPluginTest, ACrashIsWaivedOnlyByACrashEntry) {
  const CliResult hidden = run_on("crashes_in_ioctl", {"--waivers", waiver_file("device/asks")});
  EXPECT_EQ(hidden.status, unexpected_result);
  EXPECT_TRUE(has(hidden.out, "1 crashed"));
  const CliResult waived =
      run_on("crashes_in_ioctl", {"--waivers", waiver_file("crash:device/asks")});
  EXPECT_EQ(waived.status, all_held) << waived.out;
}

TEST_F(WrongPluginTest, AHangIsATimeout) {
  const CliResult result = run_on("hangs_in_ioctl", {"--timeout", "0.2"});
  EXPECT_EQ(result.status, unexpected_result);
  EXPECT_TRUE(has(result.out, "TIMEOUT  "));
  EXPECT_TRUE(has(result.out, "no answer in 200 ms"));
  EXPECT_TRUE(has(result.out, "2 passed   1 timed out"));
}

TEST_F(WrongPluginTest, AnUnknownErrnoIsAFailureAtAClause) {
  const CliResult result = run_on("unknown_errno", {"asks"});
  EXPECT_EQ(result.status, unexpected_result);
  EXPECT_TRUE(has(result.out, "FAIL     "));
  EXPECT_TRUE(has(result.out, "DEV-22"));
}

TEST_F(WrongPluginTest, ABackendThatIsLostIsExitThree) {
  const std::string waivers = waiver_file("device/holds-too");
  const CliResult result = run_on("never_boots", {"--waivers", waivers});
  EXPECT_EQ(result.status, backend_unusable);
  EXPECT_TRUE(has(result.out, "1 lost"));
  EXPECT_TRUE(has(result.out, "the backend is gone"));
  EXPECT_FALSE(has(result.out, "WAIVER"));
}

TEST_F(WrongPluginTest, APluginWithoutAFunctionIsExitThreeNamingIt) {
  const CliResult result = run_on("missing_function", {});
  EXPECT_EQ(result.status, backend_unusable);
  EXPECT_TRUE(has(result.err, "munmap"));
}

}  // namespace
}  // namespace touchstone
