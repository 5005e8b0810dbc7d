// `touchstone fuzz TARGET` with targets that are scripts: what it makes of targets that find
// something, that end, that hang, that do nothing.
#include "conformance/fuzzing/campaign.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>

#include "conformance/fuzzing/fake_target.h"
#include "conformance/fuzzing/finding.h"

namespace touchstone::fuzzing {
namespace {

using namespace std::chrono_literals;

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(FuzzTarget, HoldsWhereNothingIsFound) {
  const FakeBuild build;
  build.add_target("right", works);
  const CliResult result = build.fuzz("right");
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_TRUE(says(result.out, "20 executions")) << result.out;
  EXPECT_TRUE(says(result.out, "5 edges   corpus 2   75.0 % useful   0 findings")) << result.out;
}

TEST(FuzzTarget, IsBrokenWhereNothingWasExecuted) {
  const FakeBuild build;
  build.add_target("idle", "echo 'nothing to do' >&2");
  const CliResult result = build.fuzz("idle");
  EXPECT_EQ(result.status, 4);
  EXPECT_TRUE(says(result.err, "nothing was executed:\n  nothing to do")) << result.err;
}

TEST(FuzzTarget, IsBrokenWhereItCannotStart) {
  const FakeBuild build;
  build.add_target("bad", "echo 'no such option' >&2; exit 1");
  const CliResult result = build.fuzz("bad");
  EXPECT_EQ(result.status, 4);
  EXPECT_TRUE(says(result.err, "could not be started (exit status 1):\n  no such option"))
      << result.err;
}

TEST(FuzzTarget, HasAnUnusableBackendWhereItSaysSo) {
  const FakeBuild build;
  build.add_target("picky", "echo 'mine.so: has no table' >&2; exit 3");
  const CliResult result = build.fuzz("picky");
  EXPECT_EQ(result.status, 3);
  EXPECT_TRUE(says(result.err, "mine.so: has no table")) << result.err;
}

TEST(FuzzTarget, IsBrokenWithoutSeeds) {
  const FakeBuild build;
  build.add_target("right", works);
  build.add("make_seeds", "echo 'no such target' >&2; exit 2");
  const CliResult result = build.fuzz("right");
  EXPECT_EQ(result.status, 4);
  EXPECT_TRUE(says(result.err, "(exit status 2): no such target")) << result.err;
  build.add("make_seeds", "true");
  EXPECT_TRUE(says(build.fuzz("right").err, "wrote none"));
}

TEST(FuzzTarget, IsStartedAgainAfterACrashAndToldToSkipItsInput) {
  const FakeBuild build;
  build.add_target("crashes", std::string("if [ -z \"$artifacts\" ]; then ") +
                                  "echo run >> $state/replays\n" + reports + "exit 1; fi\n" +
                                  "if grep -q . \"$TOUCHSTONE_FUZZ_SKIP\" 2>/dev/null; then\n"
                                  "cp \"$TOUCHSTONE_FUZZ_SKIP\" $state/skip\n" +
                                  works + "exit 0; fi\n" +
                                  "printf bad > \"${artifacts}crash-1\"\n" + reports + "exit 77");
  const CliResult result = build.fuzz("crashes", {}, "1.1");
  EXPECT_EQ(result.status, 1) << result.err;
  EXPECT_EQ(build.read("bin/skip"), hash_of("bad") + "\n");
  EXPECT_EQ(build.read("bin/replays"), "run\nrun\nrun\nrun\nrun\nrun\nrun\nrun\nrun\nrun\n");
  EXPECT_TRUE(says(result.out, "heap-use-after-free READ in mine::receive(int)")) << result.out;
  EXPECT_TRUE(says(result.out, "replays   10/10")) << result.out;
  EXPECT_TRUE(says(result.out, "21 executions")) << result.out;
  ASSERT_EQ(build.found_names().size(), 1u);
  const std::string folder = "findings/" + build.found_names().front();
  EXPECT_TRUE(folder.starts_with("findings/crash-"));
  EXPECT_EQ(build.read(folder + "/input"), "bad");
  EXPECT_TRUE(says(build.read(folder + "/report.txt"), "#0 0x51 in mine::receive(int)"));
}

TEST(FuzzTarget, IsBrokenWhereItEndsWithAnInputThatItWasToldToSkip) {
  const FakeBuild build;
  build.add_target("stubborn",
                   std::string("[ -z \"$artifacts\" ] || printf bad > \"${artifacts}crash-1\"\n") +
                       reports + "exit 77");
  const CliResult result = build.fuzz("stubborn", {}, "5");
  EXPECT_EQ(result.status, 4);
  EXPECT_TRUE(says(result.err, "an input that it was told to skip")) << result.err;
}

// A target that finds a wrong answer, and shows it again in one of two replays.
constexpr const char* finds =
    "if [ -z \"$artifacts\" ]; then\n"
    "if [ -e $state/odd ]; then rm $state/odd; exit 0; fi; touch $state/odd; exit 77; fi\n"
    "story='touchstone finding\\nkind: difference\\nsignature: fail ACC-3 send EACCES "
    "0\\n\\nwrong\\n'\n"
    "printf wild > $TOUCHSTONE_FUZZ_FINDINGS/difference-1.input\n"
    "printf 'int main;' > $TOUCHSTONE_FUZZ_FINDINGS/difference-1.c\n"
    "printf \"$story\" > $TOUCHSTONE_FUZZ_FINDINGS/difference-1.txt\n";

TEST(FuzzTarget, KeepsAFindingThatDoesNotReplayEveryTime) {
  const FakeBuild build;
  build.add_target("finds", std::string(finds) + works);
  const CliResult result = build.fuzz("finds");
  EXPECT_EQ(result.status, 1) << result.err;
  EXPECT_TRUE(says(result.out, "replays   5/10")) << result.out;
  ASSERT_EQ(build.found_names().size(), 1u);
  const std::string folder = "findings/" + build.found_names().front();
  EXPECT_EQ(folder, "findings/difference-" + hash_of("fail ACC-3 send EACCES 0"));
  EXPECT_EQ(build.read(folder + "/input"), "wild");
  EXPECT_EQ(build.read(folder + "/reproducer.c"), "int main;");
}

TEST(FuzzTarget, LeavesTheFolderOfAKnownFindingAsItIs) {
  const FakeBuild build;
  build.add_target("finds", std::string(finds) + works);
  build.fuzz("finds");
  const std::string folder = "findings/" + build.found_names().front();
  const std::string before = build.read(folder + "/report.txt");
  const CliResult again = build.fuzz("finds");
  EXPECT_EQ(again.status, 1);
  EXPECT_TRUE(says(again.out, "KNOWN")) << again.out;
  EXPECT_TRUE(says(again.out, "2 runs have seen it")) << again.out;
  EXPECT_TRUE(says(again.out, "1 finding, 1 of them known")) << again.out;
  EXPECT_EQ(build.read(folder + "/report.txt"), before);
}

TEST(FuzzTarget, IsBrokenOffByASignalAndStillReports) {
  const FakeBuild build;
  build.add_target("slow", std::string(finds) + works + "kill -TERM $PPID\nexec tail -f /dev/null");
  const CliResult result = build.fuzz("slow", {}, "60");
  EXPECT_EQ(result.status, 1) << result.err;
  EXPECT_TRUE(says(result.out, "broken off   1 finding")) << result.out;
}

TEST(FuzzTarget, EndsAfterSoManyFindings) {
  const FakeBuild build;
  build.add_target("slow", std::string(finds) + works + "exec tail -f /dev/null");
  const CliResult result = build.fuzz("slow", {"--findings-max", "1"}, "60");
  EXPECT_EQ(result.status, 1) << result.err;
}

TEST(FuzzTarget, CountsUsefulInputsWhileItRuns) {
  const FakeBuild build;
  build.add_target("counts", std::string(works) +
                                 "printf '\\012\\0\\0\\0\\0\\0\\0\\0\\011\\0\\0\\0\\0\\0\\0\\0'"
                                 " | dd of=$TOUCHSTONE_FUZZ_COUNTS conv=notrunc 2>/dev/null");
  EXPECT_TRUE(says(build.fuzz("counts").out, "90.0 % useful"));
}

TEST(FuzzTarget, IsNamedAmongThoseThereAre) {
  const FakeBuild build;
  build.add_target("right", works);
  const CliResult unknown = build.fuzz("wrong");
  EXPECT_EQ(unknown.status, 2);
  EXPECT_TRUE(says(unknown.err, "no fuzz target `wrong`; there are right")) << unknown.err;
}

TEST(FuzzTarget, IsBuiltWithTheCommandsThatAreSaid) {
  const FakeBuild build;
  const CliResult unbuilt = build.fuzz("differential");
  EXPECT_EQ(unbuilt.status, 2);
  EXPECT_TRUE(says(unbuilt.err, "cmake --preset fuzz && cmake --build --preset fuzz"))
      << unbuilt.err;
}

TEST(FuzzTarget, RefusesWhatGoesWithAnother) {
  const FakeBuild build;
  build.add_target("right", works);
  EXPECT_TRUE(says(build.fuzz("right", {"--backend", "tcp:1"}).err, "leave out the TARGET"));
  EXPECT_TRUE(says(build.fuzz("right", {"--backend", "plugin:x.so"}).err, "differential"));
  EXPECT_TRUE(says(build.fuzz("right", {"--library", "x.so"}).err, "parcel_differential"));
  EXPECT_TRUE(says(build.fuzz("right", {"--programs", "3"}).err, "leave out the TARGET"));
  EXPECT_EQ(build.fuzz("right", {"--engine", "other"}).status, 2);
  EXPECT_EQ(build.fuzz("differential", {"--backend", "plugin:/none.so"}).status, 2);
}

TEST(FuzzTarget, EndsInTimeThoughItIsStillReadingWhatItBeginsWith) {
  const FakeBuild build;
  build.add_target("reads",
                   "printf '#512\\tpulse  cov: 5 ft: 6 corp: 2/9b exec/s: 0\\n' >&2\n"
                   "exec tail -f /dev/null");
  const auto start = std::chrono::steady_clock::now();
  const CliResult result = build.fuzz("reads");
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
}

TEST(FuzzTarget, CountsAReplayThatIsStuckInItsReport) {
  const FakeBuild build;
  build.add_target("stuck", std::string("if [ -z \"$artifacts\" ]; then ") + hangs_in_report +
                                "fi\nif [ -e \"$TOUCHSTONE_FUZZ_SKIP\" ]; then\n" + works +
                                "exit 0; fi\nprintf bad > \"${artifacts}crash-1\"\n" + reports +
                                "exit 77");
  const auto start = std::chrono::steady_clock::now();
  const CliResult result = build.fuzz("stuck", {}, "1.1");
  EXPECT_EQ(result.status, 1) << result.err;
  EXPECT_TRUE(says(result.out, "replays   10/10")) << result.out;
  EXPECT_LT(std::chrono::steady_clock::now() - start, 20s);
}

CampaignResult run_worker(const std::string& script, std::chrono::milliseconds time,
                          std::chrono::milliseconds grace,
                          std::chrono::seconds input_time_max = 0s) {
  const FakeBuild build;
  build.add_target("target", script);
  const TempFolder work;
  EngineSettings settings;
  settings.programs.program = build.path() + "/bin/fuzz/target";
  settings.work = work.path();
  CampaignOptions options;
  options.time = time;
  options.grace = grace;
  options.input_time_max = input_time_max;
  options.work = work.path();
  const auto engine = make_libfuzzer(settings);
  std::ostringstream progress;
  return run_campaign(*engine, options, progress);
}

// Goes on as `stuck` says, and rightly where it is told to skip an input.
std::string stuck_once(const std::string& stuck) {
  return "if [ -e \"$TOUCHSTONE_FUZZ_SKIP\" ]; then\n" + std::string(works) + "exit 0; fi\n" +
         "trap '' INT\n" + begins_bad + stuck;
}

TEST(Campaign, NamesTheInputOfAWorkerThatIsStuckInTheReportOfACrashAndStartsItAgain) {
  const CampaignResult result = run_worker(stuck_once(hangs_in_report), 3s, 300ms, 2s);
  EXPECT_EQ(result.broken, "");
  ASSERT_EQ(result.found.size(), 1u);
  const Found& found = result.found.all().front();
  EXPECT_EQ(found.kind, "crash");
  EXPECT_EQ(found.signature, "heap corruption");
  EXPECT_EQ(found.input, "bad");
  EXPECT_TRUE(found.text.ends_with("deadly signal\n\nit was stuck there, and was killed\n"))
      << found.text;
  EXPECT_EQ(result.figures.executions, 20u);
}

TEST(Campaign, NamesTheInputOfAWorkerThatDoesNotComeBack) {
  const CampaignResult result = run_worker(stuck_once("exec tail -f /dev/null"), 3s, 300ms);
  EXPECT_EQ(result.broken, "");
  ASSERT_EQ(result.found.size(), 1u);
  const Found& found = result.found.all().front();
  EXPECT_EQ(found.kind, "timeout");
  EXPECT_EQ(found.signature, "timeout");
  EXPECT_EQ(found.input, "bad");
  EXPECT_EQ(result.figures.executions, 20u);
}

TEST(Campaign, NamesTheInputBeforeACrashBetweenTwoInputs) {
  const CampaignResult result = run_worker(
      stuck_once(std::string(": > \"${artifacts}crash-1\"\n") + reports + "exit 77"), 3s, 5s);
  ASSERT_EQ(result.found.size(), 1u);
  EXPECT_EQ(result.found.all().front().input, "bad");
}

// One that is still at what it begins with is interrupted when the time is over.
TEST(Campaign, LeavesAWorkerTheTimeToReportACrash) {
  const CampaignResult result = run_worker(std::string("trap 'exit 72' INT\n") + begins_bad +
                                               "echo '==1== ERROR: libFuzzer: deadly signal' >&2\n"
                                               "tail -f /dev/null & wait",
                                           100ms, 800ms);
  EXPECT_EQ(result.broken, "");
  ASSERT_EQ(result.found.size(), 1u);
  EXPECT_EQ(result.found.all().front().input, "bad");
}

TEST(Campaign, KillsAWorkerThatGoesOnAfterItsTimeAndSaysSo) {
  const CampaignResult result =
      run_worker(std::string(works) + "trap '' INT\nexec tail -f /dev/null", 100ms, 100ms);
  EXPECT_TRUE(says(result.broken, "went on after its time")) << result.broken;
  EXPECT_EQ(result.figures.executions, 20u);
}

}  // namespace
}  // namespace touchstone::fuzzing
