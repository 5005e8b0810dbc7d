#include "conformance/waivers.h"

#include <gtest/gtest.h>

#include "conformance/test_support.h"

namespace touchstone {
namespace {

constexpr const char* today = "2026-06-15";

std::string entry(const std::string& subject, const std::string& expires = "2027-01-01",
                  const std::string& backend = "mine", const std::string& version = "*") {
  return subject + "\tbug\t" + backend + "\t" + version + "\thttp://x/1\t" + expires + "\tnote\n";
}

CaseResult result_of(const std::string& name, Verdict verdict, const std::string& clause = "") {
  CaseResult one;
  one.id = "message/" + name;
  one.name = name;
  one.verdict = verdict;
  one.reason = "the reason";
  Difference difference;
  difference.clause = clause;
  if (!clause.empty()) one.differences.push_back(difference);
  return one;
}

RunResult run_of(std::vector<CaseResult> cases) {
  RunResult result;
  result.provenance.backend_name = "mine";
  result.provenance.backend_version = "3";
  result.cases = std::move(cases);
  return result;
}

CaseFile known_case(const std::string& name, const std::string& clause) {
  CaseFile file;
  file.id = "message/" + name;
  file.program.header.name = name;
  file.program.header.clauses = {clause};
  return file;
}

// What the entries make of a run.
RunResult applied(const std::string& entries, std::vector<CaseResult> cases,
                  const std::vector<CaseFile>& known = {}) {
  const auto file = parse_waivers(entries, "mine.waivers");
  EXPECT_TRUE(file) << file.error();
  RunResult result = run_of(std::move(cases));
  if (file) apply_waivers(*file, known, today, result);
  return result;
}

TEST(Waivers, AreReadFromTabsOrBars) {
  const auto file = parse_waivers("# comment\n\n" + entry("crash:clause:MSG-27") +
                                      "late | by-design | * | 2 | #12 | 2026-12-31\n",
                                  "w");
  ASSERT_TRUE(file) << file.error();
  ASSERT_EQ(file->waivers.size(), 2u);
  EXPECT_TRUE(file->waivers[0].is_for_crash);
  EXPECT_TRUE(file->waivers[0].is_for_clause);
  EXPECT_EQ(file->waivers[0].subject, "MSG-27");
  EXPECT_EQ(file->waivers[1].subject, "late");
  EXPECT_EQ(file->waivers[1].waiver_class, "by-design");
  EXPECT_EQ(file->waivers[1].line, 4u);
}

TEST(Waivers, NameLineAndWhatWasExpected) {
  const auto error = [](const std::string& text) {
    const auto file = parse_waivers("# one\n" + text, "w");
    return file ? "none" : file.error();
  };
  EXPECT_NE(error("late\tbug\n").find("w:2: expected entry, class"), std::string::npos);
  EXPECT_NE(error("late\twish\t*\t*\tl\t2026-12-31\n").find("expected the class"),
            std::string::npos);
  EXPECT_NE(error("late\tbug\t*\t*\t\t2026-12-31\n").find("expected a link"), std::string::npos);
  EXPECT_NE(error("late\tbug\t*\t*\tl\t31.12.2026\n").find("expected a date"), std::string::npos);
  EXPECT_NE(error("late\tbug\t*\t*\tl\t2026-13-01\n").find("expected a date"), std::string::npos);
  EXPECT_NE(error("crash:\tbug\t*\t*\tl\t2026-12-31\n").find("expected a case"), std::string::npos);
}

TEST(Waivers, WaiveAFailureByNameIdOrClause) {
  for (const std::string subject : {"late", "message/late", "clause:MSG-27"}) {
    const RunResult result = applied(entry(subject), {result_of("late", Verdict::fail, "MSG-27")});
    EXPECT_EQ(result.cases[0].verdict, Verdict::waived) << subject;
    EXPECT_EQ(result.cases[0].waiver, subject);
    EXPECT_TRUE(result.waiver_findings.empty()) << subject;
    EXPECT_EQ(exit_status(result), ExitStatus::all_held);
  }
}

TEST(Waivers, DoNotHideACrash) {
  const RunResult result = applied(entry("late"), {result_of("late", Verdict::crash)});
  EXPECT_EQ(result.cases[0].verdict, Verdict::crash);
  EXPECT_EQ(result.waiver_findings.size(), 1u);
  EXPECT_EQ(exit_status(result), ExitStatus::unexpected_result);
}

TEST(Waivers, WaiveACrashOnlyByACrashEntry) {
  const RunResult result = applied(entry("crash:late"), {result_of("late", Verdict::crash)});
  EXPECT_EQ(result.cases[0].verdict, Verdict::waived);
  const RunResult failed = applied(entry("crash:late"), {result_of("late", Verdict::fail)});
  EXPECT_EQ(failed.cases[0].verdict, Verdict::fail);
  EXPECT_EQ(failed.waiver_findings.size(), 1u);
}

TEST(Waivers, NeverWaiveWhatIsOursOrALostBackend) {
  for (const Verdict verdict : {Verdict::broken, Verdict::backend_lost}) {
    const RunResult result = applied(entry("late"), {result_of("late", verdict)});
    EXPECT_EQ(result.cases[0].verdict, verdict);
  }
}

TEST(Waivers, ReportACaseThatHoldsUnexpectedly) {
  for (const Verdict verdict : {Verdict::pass, Verdict::quirk}) {
    const RunResult result = applied(entry("late"), {result_of("late", verdict)});
    EXPECT_EQ(result.cases[0].verdict, Verdict::unexpected_pass);
    EXPECT_EQ(exit_status(result), ExitStatus::unexpected_result);
  }
}

TEST(Waivers, CountNoMoreOnceExpired) {
  const RunResult result =
      applied(entry("late", "2026-06-14"), {result_of("late", Verdict::fail, "MSG-27")});
  EXPECT_EQ(result.cases[0].verdict, Verdict::fail);
  ASSERT_EQ(result.waiver_findings.size(), 1u);
  EXPECT_NE(result.waiver_findings[0].find("mine.waivers:1: `late` expired on 2026-06-14"),
            std::string::npos);
  EXPECT_EQ(exit_status(result), ExitStatus::unexpected_result);
  const RunResult last_day = applied(entry("late", today), {result_of("late", Verdict::fail)});
  EXPECT_EQ(last_day.cases[0].verdict, Verdict::waived);
}

TEST(Waivers, CountOnlyForTheirBackendAndVersion) {
  const auto other_backend = entry("late", "2027-01-01", "yours");
  const auto other_version = entry("late", "2027-01-01", "mine", "2");
  for (const std::string& text : {other_backend, other_version}) {
    const RunResult result = applied(text, {result_of("late", Verdict::fail)});
    EXPECT_EQ(result.cases[0].verdict, Verdict::fail);
    EXPECT_EQ(result.waiver_findings.size(), 1u);
  }
}

TEST(Waivers, FailTheRunWhenTheyMatchNothing) {
  const auto held = result_of("other", Verdict::pass);
  EXPECT_EQ(applied(entry("late"), {held}).waiver_findings.size(), 1u);
  EXPECT_EQ(applied(entry("clause:MSG-27"), {held}).waiver_findings.size(), 1u);
  EXPECT_EQ(
      applied(entry("other"), {result_of("other", Verdict::unsupported)}).waiver_findings.size(),
      1u);
}

TEST(Waivers, SayNothingOfCasesThatWereNotSelected) {
  const auto held = result_of("other", Verdict::pass);
  const std::vector<CaseFile> known{known_case("late", "MSG-27")};
  EXPECT_TRUE(applied(entry("late"), {held}, known).waiver_findings.empty());
  EXPECT_TRUE(applied(entry("clause:MSG-27"), {held}, known).waiver_findings.empty());
}

TEST(Waivers, MayMeetInOneCase) {
  const RunResult result =
      applied(entry("late") + entry("clause:MSG-27"), {result_of("late", Verdict::fail, "MSG-27")});
  EXPECT_EQ(result.cases[0].verdict, Verdict::waived);
  EXPECT_EQ(result.cases[0].waiver, "late");
  EXPECT_EQ(result.cases[0].reason, "bug http://x/1: the reason");
  EXPECT_TRUE(result.waiver_findings.empty());
}

TEST(UpdatedWaivers, AddsUnexpectedFailuresAndKeepsTheRest) {
  const std::string old_text = "# mine  \r\n" + entry("message/old") + "a|bug|*|*|l|2026-12-31";
  const RunResult report =
      run_of({result_of("old", Verdict::fail), result_of("late", Verdict::fail),
              result_of("dead", Verdict::crash), result_of("good", Verdict::pass)});
  const auto text = updated_waivers(old_text, "w", report, {"by-design", "#9", "2026-12-31"});
  ASSERT_TRUE(text) << text.error();
  EXPECT_TRUE(text->starts_with(old_text + "\n"));
  EXPECT_EQ(text->substr(old_text.size() + 1),
            "message/late\tby-design\tmine\t3\t#9\t2026-12-31\tthe reason\n"
            "crash:message/dead\tby-design\tmine\t3\t#9\t2026-12-31\tthe reason\n");
  EXPECT_TRUE(parse_waivers(*text, "w"));
}

TEST(UpdatedWaivers, RefusesWhatCouldNotBeReadBack) {
  const RunResult report = run_of({});
  EXPECT_FALSE(updated_waivers("", "w", report, {"wish", "#9", "2026-12-31"}));
  EXPECT_FALSE(updated_waivers("", "w", report, {"bug", " ", "2026-12-31"}));
  EXPECT_FALSE(updated_waivers("", "w", report, {"bug", "#9", "soon"}));
  EXPECT_FALSE(updated_waivers("nonsense\n", "w", report, {"bug", "#9", "2026-12-31"}));
}

}  // namespace
}  // namespace touchstone
