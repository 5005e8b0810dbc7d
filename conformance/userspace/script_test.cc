#include "conformance/userspace/script.h"

#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <vector>

#include "conformance/test_support.h"
#include "conformance/userspace/fake_player.h"

namespace touchstone::userspace {
namespace {

std::string error_of(const std::string& text) {
  const auto script = parse_script(text);
  return script ? "none" : to_string(script.error(), "f");
}

// The error of a step that follows a header of one line.
std::string step_error(const std::string& step) { return error_of("case: a\n" + step + "\n"); }

ScriptStep step_of(const std::string& text) {
  const Script script = script_of(text);
  return script.steps.empty() ? ScriptStep{} : script.steps.front();
}

TEST(ParseScript, ReadsTheExampleOfTheFormat) {
  const auto script = parse_script(
      "case: string-body-without-room\n"
      "title: a string whose body does not fit leaves its length behind\n"
      "clauses: PCL-42, PCL-38\n"
      "class: unspecified\n"
      "abi: lp64\n\n"
      "init 8 objects=0      -> flag=1 used=0 left=8\n"
      "# a comment\n"
      "push string \"hello\"   -> flag=3 used=4 left=4   [PCL-42]  # and one more\n"
      "data\n");
  ASSERT_TRUE(script) << to_string(script.error(), "f");
  EXPECT_EQ(script->header.name, "string-body-without-room");
  EXPECT_EQ(script->header.title, "a string whose body does not fit leaves its length behind");
  EXPECT_EQ(script->header.clauses, (std::vector<std::string>{"PCL-42", "PCL-38"}));
  EXPECT_EQ(script->header.case_class, CaseClass::unspecified);
  EXPECT_EQ(script->header.abi, CaseAbi::lp64);
  ASSERT_EQ(script->steps.size(), 3u);
  const ScriptStep& push = script->steps[1];
  EXPECT_EQ(push.line, 9u);
  EXPECT_EQ(push.text, "push string \"hello\"");
  EXPECT_EQ(push.expected_text, "flag=3 used=4 left=4");
  EXPECT_EQ(push.clause, "PCL-42");
  ASSERT_EQ(push.words.size(), 3u);
  EXPECT_EQ(push.words[2].text, "hello");
  EXPECT_EQ(push.words[2].column, 13u);
  EXPECT_TRUE(push.words[2].is_quoted);
  EXPECT_FALSE(push.words[1].is_quoted);
  ASSERT_EQ(push.expected.size(), 1u);
  EXPECT_EQ(push.expected[0].values[2].key, "left");
  EXPECT_EQ(push.expected[0].values[2].value.text, "4");
  EXPECT_TRUE(script->steps[2].expected.empty());
  EXPECT_EQ(script->steps[2].expected_text, "");
}

TEST(ParseScript, ArgumentsAreBareOrQuotedAndMayHoldAnything) {
  const ScriptStep step =
      step_of("put name=\"a # b=\\\"\\x41\\n\" empty=\"\" also=b=c x 7 \"7\" [MSG-1]");
  ASSERT_EQ(step.arguments.size(), 3u);
  EXPECT_EQ(step.arguments[0].key, "name");
  EXPECT_EQ(step.arguments[0].value.text, "a # b=\"A\n");
  EXPECT_TRUE(step.arguments[0].value.is_quoted);
  EXPECT_EQ(step.arguments[0].value.column, 10u);
  EXPECT_EQ(step.arguments[1].value.text, "");
  EXPECT_EQ(step.arguments[2].value.text, "b=c");
  ASSERT_EQ(step.words.size(), 4u);
  EXPECT_EQ(step.words[1].text, "x");
  EXPECT_FALSE(step.words[2].is_quoted);
  EXPECT_TRUE(step.words[3].is_quoted);
  EXPECT_EQ(step.clause, "MSG-1");
  EXPECT_EQ(step.text, "put name=\"a # b=\\\"\\x41\\n\" empty=\"\" also=b=c x 7 \"7\"");
}

TEST(ParseScript, AlternativesAreApartAndABareWordIsTheResult) {
  const ScriptStep step = step_of("pop -> null flag=1 | \"a b\" | crash [MSG-1]");
  ASSERT_EQ(step.expected.size(), 3u);
  EXPECT_EQ(step.expected[0].values[0].key, "result");
  EXPECT_EQ(step.expected[0].values[0].value.text, "null");
  EXPECT_EQ(step.expected[0].values[1].key, "flag");
  EXPECT_EQ(step.expected[1].values[0].value.text, "a b");
  EXPECT_TRUE(step.expected[2].is_crash);
  EXPECT_TRUE(step.expected[2].values.empty());
  EXPECT_EQ(step.expected_text, "null flag=1 | \"a b\" | crash");
}

TEST(ParseScript, ACrashInQuotesIsAText) {
  const ScriptStep step = step_of("pop -> \"crash\"");
  EXPECT_FALSE(step.expected[0].is_crash);
  EXPECT_EQ(step.expected[0].values[0].value.text, "crash");
}

TEST(ParseScript, NamesWhatIsWrongInTheHeader) {
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"", "f:1:1: expected a `case:` line before the first step, found end of text"},
      {"case: a\n", "f:2:1: expected at least one step, found end of text"},
      {"show\n", "f:1:1: expected a `case:` line before the first step, found show"},
      {"case:\n", "f:1:6: expected a value for case:, found end of line"},
      {"case: a b\n", "f:1:7: expected a name without spaces, found a b"},
      {"case: a\ncase: b\n", "f:2:1: expected no second `case:` line, found case:"},
      {"needs: x\n", "f:1:1: expected case:, title:, clauses:, class: or abi:, found needs:"},
      {"case: a\nclass: bug\n", "f:2:8: expected contract or unspecified, found bug"},
      {"case: a\nabi: lp32\n", "f:2:6: expected any, ilp32 or lp64, found lp32"},
      {"clauses: PCL-1 PCL-2\n",
       "f:1:10: expected a clause such as PCL-42, and commas between clauses, found PCL-1 PCL-2"},
      {"clauses: PCL-1,\n",
       "f:1:16: expected a clause such as PCL-42, and commas between clauses, found nothing"},
      {"case: a\nshow\ntitle: x\n",
       "f:3:1: expected a step, since header lines stand before the first step, found title:"},
  };
  for (const auto& [text, error] : wrong) EXPECT_EQ(error_of(text), error) << text;
}

TEST(ParseScript, NamesWhatIsWrongInAStep) {
  const std::string key = "a key of small letters, digits and _ before `=`";
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"Show", "f:2:1: expected a verb of small letters, digits and _, found Show"},
      {"\"show\"", "f:2:1: expected a verb of small letters, digits and _, found \"show\""},
      {"-> 1", "f:2:1: expected a verb of small letters, digits and _, found ->"},
      {"a=1", "f:2:1: expected a verb of small letters, digits and _, found a=1"},
      {"show a=1 a=2", "f:2:10: expected no second `a`, found a=2"},
      {"show a=", "f:2:8: expected a value behind `=`; an empty one is \"\", found nothing"},
      {"show =1", "f:2:6: expected " + key + ", found =1"},
      {"show A=1", "f:2:6: expected " + key + ", found A=1"},
      {"show a\"b\"", "f:2:6: expected double quotes around all of it, or none, found a\"b\""},
      {"show \"a", "f:2:6: expected a closing double quote before the end of the line, found \"a"},
      {"show \"\\q\"", "f:2:7: expected one of the escapes \\\" \\\\ \\n \\xHH, found \\q"},
      {"show a=\"b\"c", "f:2:11: expected a space after the text, found c"},
      {"show | 1", "f:2:6: expected a word, KEY=VALUE or the end of the line, found |"},
      {"show [PCL-1] x", "f:2:14: expected the end of the line, found x"},
      {"show [pcl-1]", "f:2:6: expected a clause such as PCL-42 in brackets, found [pcl-1]"},
      {"show [PCL-1", "f:2:6: expected a clause such as PCL-42 in brackets, found [PCL-1"},
      {"show []", "f:2:6: expected a clause such as PCL-42 in brackets, found []"},
  };
  for (const auto& [text, error] : wrong) EXPECT_EQ(step_error(text), error) << text;
}

TEST(ParseScript, NamesWhatIsWrongInAnOutcome) {
  const std::string outcome = "expected an outcome: KEY=VALUE, one bare word, or crash, found ";
  const std::string alone = "expected `crash` alone, since nothing comes back from it, found ";
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"show ->", "f:2:8: " + outcome + "end of line"},
      {"show -> # 1", "f:2:8: " + outcome + "end of line"},
      {"show -> 1 |", "f:2:12: " + outcome + "end of line"},
      {"show -> | 1", "f:2:9: " + outcome + "|"},
      {"show -> [PCL-1]", "f:2:9: " + outcome + "[PCL-1]"},
      {"show -> 1 2", "f:2:11: expected no second `result`, found 2"},
      {"show -> 1 result=1", "f:2:11: expected no second `result`, found result=1"},
      {"show -> a=1 a=1", "f:2:13: expected no second `a`, found a=1"},
      {"show -> crash a=1", "f:2:15: " + alone + "a=1"},
      {"show -> a=1 crash", "f:2:13: " + alone + "crash"},
      {"show -> 1 -> 2", "f:2:11: expected a word, KEY=VALUE or the end of the line, found ->"},
  };
  for (const auto& [text, error] : wrong) EXPECT_EQ(step_error(text), error) << text;
}

TEST(ParseStated, ReadsOutcomesAlone) {
  const auto outcomes = parse_stated("-10 flag=3 | crash");
  ASSERT_TRUE(outcomes);
  ASSERT_EQ(outcomes->size(), 2u);
  EXPECT_EQ((*outcomes)[0].values[0].value.text, "-10");
  EXPECT_TRUE((*outcomes)[1].is_crash);
}

TEST(ParseStated, RefusesWhatIsMoreOrLess) {
  for (const char* text : {"", "1 [PCL-1]", "1\n2", "1 |", "# 1"}) {
    EXPECT_FALSE(parse_stated(text)) << text;
  }
}

TEST(ScriptCases, EachOfTheSuiteIsReadAndNamedAsItsFile) {
  std::error_code error;
  const auto folder = source_folder() / "conformance" / "userspace" / "cases";
  ASSERT_TRUE(std::filesystem::is_directory(folder, error)) << folder;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    EXPECT_EQ(entry.path().extension(), ".case") << entry.path();
    const auto text = read_text_file(entry.path());
    ASSERT_TRUE(text) << text.error();
    const auto script = parse_script(*text);
    ASSERT_TRUE(script) << to_string(script.error(), entry.path().string());
    EXPECT_EQ(script->header.name, entry.path().stem().string());
    EXPECT_FALSE(script->header.clauses.empty()) << entry.path();
    for (const ScriptStep& step : script->steps) {
      if (step.clause.empty()) continue;
      EXPECT_NE(real_catalogue().find(step.clause), nullptr) << entry.path() << ":" << step.line;
    }
  }
}

}  // namespace
}  // namespace touchstone::userspace
