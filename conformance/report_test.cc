#include "conformance/report.h"

#include <gtest/gtest.h>

#include <sstream>

#include "conformance/report_text.h"
#include "conformance/result_json.h"
#include "conformance/test_support.h"

namespace touchstone {
namespace {

CaseResult result_of(const std::string& name, Verdict verdict, const std::string& reason = "") {
  CaseResult one;
  one.id = "message/" + name;
  one.name = name;
  one.file = "cases/message/" + name + ".case";
  one.chapter = "message";
  one.verdict = verdict;
  one.reason = reason;
  one.replay = "touchstone replay message/" + name + " --backend plugin:a.so";
  return one;
}

CaseResult failed() {
  CaseResult one = result_of("late", Verdict::fail, "line 14: expected ETIME, got 0 (MSG-27)");
  Difference difference;
  difference.line = 14;
  difference.operation = "T1 send+free reply to=T2 time=m1 free=m1";
  difference.clause = "MSG-27";
  difference.sentence = "SEND of a late reply fails with ETIME.";
  difference.expected = "ETIME";
  difference.got = "0";
  difference.note = "a <note> & more";
  difference.state = "CMS: task 10\ntask 10: queue []";
  one.differences.push_back(difference);
  return one;
}

RunResult one_of_each() {
  RunResult result;
  result.provenance = {.suite_version = "1.2",
                       .command = "run",
                       .backend = "plugin:a.so",
                       .backend_name = "a",
                       .backend_version = "3",
                       .data_model = "ilp32",
                       .capabilities = {"fork"},
                       .profile = "none",
                       .seed = {},
                       .flags = {"run", "--backend", "plugin:a.so"}};
  CaseResult unsupported = result_of("forked", Verdict::unsupported, "needs exec");
  unsupported.missing = {"exec"};
  result.cases = {result_of("good", Verdict::pass),
                  failed(),
                  result_of("dead", Verdict::crash, "it died"),
                  unsupported,
                  result_of("known", Verdict::waived, "bug #1: it fails"),
                  result_of("odd", Verdict::quirk, "tolerated: Q4 (MSG-5)")};
  return result;
}

std::string conclusion(const RunResult& result) {
  std::ostringstream out;
  write_conclusion(result, out);
  return out.str();
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(TextReport, ShowsAFailureInFull) {
  const std::string text = conclusion(one_of_each());
  EXPECT_TRUE(
      has(text, "FAIL     cases/message/late.case:14   MSG-27  SEND of a late reply fails"));
  EXPECT_TRUE(has(text, "  step      T1 send+free reply to=T2 time=m1 free=m1\n"));
  EXPECT_TRUE(has(text, "  expected  ETIME\n"));
  EXPECT_TRUE(has(text, "  got       0      <- a <note> & more\n"));
  EXPECT_TRUE(has(text, "  state     CMS: task 10\n            task 10: queue []\n"));
  EXPECT_TRUE(has(text, "  backend   a 3\n"));
  EXPECT_TRUE(has(text, "  replay    touchstone replay message/late --backend plugin:a.so\n"));
}

TEST(TextReport, EndsInOneLineThatHidesNothing) {
  const std::string text = conclusion(one_of_each());
  const std::string last = text.substr(text.rfind('\n', text.size() - 2) + 1);
  EXPECT_EQ(last,
            "1 passed   1 failed   1 crashed   1 tolerated as quirks   1 waived"
            "   1 unsupported (exec 1)\n");
}

TEST(TextReport, DoesNotMakeASkipLookLikeAFailure) {
  RunResult result = one_of_each();
  std::erase_if(result.cases, [](const CaseResult& one) { return fails_the_run(one.verdict); });
  const std::string text = conclusion(result);
  EXPECT_FALSE(has(text, "forked"));
  EXPECT_FALSE(has(text, "FAIL"));
  EXPECT_TRUE(has(text, "unsupported (exec 1)"));
}

TEST(TextReport, ShowsMalformedFilesWaiversAndALostBackend) {
  RunResult result = one_of_each();
  result.malformed = {"a.case:1:2: expected a step"};
  result.waiver_findings = {"w:1: `late` expired"};
  result.lost = "cable";
  const std::string text = conclusion(result);
  EXPECT_TRUE(has(text, "MALFORMED a.case:1:2: expected a step\n"));
  EXPECT_TRUE(has(text, "WAIVER   w:1: `late` expired\n"));
  EXPECT_TRUE(has(text, "LOST     the backend is gone: cable\n"));
  EXPECT_TRUE(has(text, "1 malformed"));
}

TEST(TextReport, SaysWhenNothingWasCarriedOut) {
  EXPECT_TRUE(has(conclusion({}), "0 passed   nothing was carried out\n"));
}

TEST(TextReport, CutsLinesOfThousandsOfBytes) {
  RunResult result = one_of_each();
  result.cases[1].differences[0].got = std::string(5000, 'a');
  EXPECT_LT(conclusion(result).size(), 3000u);
  EXPECT_TRUE(has(result_to_json(result), std::string(5000, 'a')));
}

TEST(TextReport, ShowsTheFirstFewOfTheStepsThatDifferAfterwards) {
  RunResult result = one_of_each();
  Difference further = result.cases[1].differences[0];
  further.role = Difference::Role::further;
  for (std::uint32_t line = 20; line < 30; ++line) {
    further.line = line;
    result.cases[1].differences.push_back(further);
  }
  const std::string text = conclusion(result);
  EXPECT_TRUE(has(text, "  differs   line 24: "));
  EXPECT_FALSE(has(text, "  differs   line 25: "));
  EXPECT_TRUE(has(text, "  differs   5 more\n"));
}

TEST(Progress, WritesALineForEachChapter) {
  std::ostringstream out;
  Progress progress(out);
  CaseResult one = result_of("a", Verdict::pass);
  one.chapter = "device";
  progress.add(one);
  EXPECT_EQ(out.str(), "");
  progress.add(failed());
  EXPECT_EQ(out.str(), "  device     1 passed\n");
  progress.finish();
  EXPECT_EQ(out.str(), "  device     1 passed\n  message    0 passed   1 failed\n");
}

TEST(JunitReport, CountsSkipsFailuresAndErrorsApart) {
  const std::string xml = report_junit(one_of_each());
  EXPECT_TRUE(has(xml,
                  "<testsuite name=\"message\" tests=\"6\" failures=\"1\" errors=\"1\""
                  " skipped=\"2\""));
  EXPECT_TRUE(has(xml, "<skipped message=\"unsupported: needs exec\"/>"));
  EXPECT_TRUE(has(xml, "<failure type=\"fail\""));
  EXPECT_TRUE(has(xml, "<error type=\"crash\""));
  EXPECT_TRUE(has(xml, "<property name=\"backend_version\" value=\"3\"/>"));
}

TEST(JunitReport, EscapesWhatXmlCannotHold) {
  const std::string xml = report_junit(one_of_each());
  EXPECT_TRUE(has(xml, "a &lt;note&gt; &amp; more"));
  RunResult result = one_of_each();
  result.cases[2].captured = "\x1b[1m";
  EXPECT_TRUE(has(report_junit(result), "?[1m"));
}

TEST(JunitReport, ShowsWhatWentWrongOutsideOfCases) {
  RunResult result = one_of_each();
  result.malformed = {"a.case:1:2: expected a step"};
  result.waiver_findings = {"w:1: expired"};
  EXPECT_TRUE(has(report_junit(result),
                  "<testsuite name=\"harness\" tests=\"2\" failures=\"1\" errors=\"1\""));
}

TEST(TapReport, HasALineForEachCaseAndWhatWentWrongBeside) {
  RunResult result = one_of_each();
  result.malformed = {"a.case:1:2: expected # a step"};
  const std::string tap = report_tap(result);
  EXPECT_TRUE(tap.starts_with("TAP version 13\n1..7\n"));
  EXPECT_TRUE(has(tap, "\nok 1 - message/good\n"));
  EXPECT_TRUE(has(tap, "\nnot ok 2 - message/late (fail)\n  ---\n"));
  EXPECT_TRUE(has(tap, "\nok 4 - message/forked # SKIP needs exec\n"));
  EXPECT_TRUE(has(tap, "\nnot ok 5 - message/known # TODO waived: bug \\#1: it fails\n"));
  EXPECT_TRUE(has(tap, "\nok 6 - message/odd (quirk, tolerated: Q4 (MSG-5))\n"));
  EXPECT_TRUE(has(tap, "\nnot ok 7 - malformed: a.case:1:2: expected \\# a step\n"));
  EXPECT_TRUE(has(tap, "# backend a 3 ilp32 (fork)\n"));
}

TEST(TapReport, BailsOutWhenTheBackendIsLost) {
  RunResult result = one_of_each();
  result.lost = "cable";
  EXPECT_TRUE(report_tap(result).ends_with("Bail out! cable\n"));
}

TEST(ReportOrder, IsReadFromFormAndFile) {
  const auto order = parse_report_order("tap:out/a:b.tap");
  ASSERT_TRUE(order);
  EXPECT_EQ(order->form, ReportOrder::Form::tap);
  EXPECT_EQ(order->path, "out/a:b.tap");
  for (const std::string text : {"", "tap", "tap:", "html:a", ":a"}) {
    EXPECT_FALSE(parse_report_order(text)) << text;
  }
}

TEST(ReportOrder, IsWrittenWhereItSays) {
  const TempFolder folder;
  const std::string path = (folder.path() / "r.json").string();
  ASSERT_TRUE(write_report(one_of_each(), {ReportOrder::Form::json, path}));
  EXPECT_TRUE(result_from_json(folder.read("r.json")));
  EXPECT_FALSE(write_report(one_of_each(),
                            {ReportOrder::Form::json, (folder.path() / "no/r.json").string()}));
}

}  // namespace
}  // namespace touchstone
