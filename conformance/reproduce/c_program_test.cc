// What is printed for a case: it compiles without a warning, says what the case says, and is
// refused where no program can play the case.
#include "conformance/reproduce/c_program.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "conformance/case_file.h"
#include "conformance/sanitized.h"
#include "conformance/test_support.h"

namespace touchstone {
namespace {

constexpr const char* strict = " -std=c11 -Wall -Wextra -Wpedantic -Werror -pthread -fsyntax-only";
constexpr const char* plain = " -Wall -Werror -fsyntax-only";
// Where the headers of another architecture's package are kept beside the compiler's own.
constexpr const char* narrow = " -m32 -idirafter /usr/include/x86_64-linux-gnu";

std::vector<std::filesystem::path> cases_below(const char* folder) {
  std::vector<std::filesystem::path> cases;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(source_folder() / folder)) {
    if (entry.path().extension() == ".case") cases.push_back(entry.path());
  }
  std::ranges::sort(cases);
  return cases;
}

std::string printed(const Program& program) {
  CProgramText about;
  about.name = program.header.name;
  about.title = program.header.title;
  about.clause = program.header.clauses.empty() ? "" : program.header.clauses.front();
  about.sentence = "A sentence with \"quotes\", a \\ and the end of a comment: */.";
  const auto text = print_c_program(program, about);
  return text ? *text : "refused: " + text.error();
}

struct Printed {
  TempFolder folder;
  std::vector<std::string> files;
  std::vector<std::string> refused;
};

void print_all(const std::vector<std::filesystem::path>& cases, Printed& all) {
  for (const std::filesystem::path& path : cases) {
    const auto program = read_case(path);
    ASSERT_TRUE(program) << program.error();
    const std::string text = printed(*program);
    if (text.starts_with("refused: ")) {
      all.refused.push_back(path.stem().string() + " " + text);
    } else {
      const std::string number = std::to_string(all.files.size());
      all.files.push_back(all.folder.write(number + path.stem().string() + ".c", text));
    }
  }
}

// Every `step`th program, many in one call of the compiler.
void expect_compiles(const Printed& all, const std::string& compiler, std::size_t step) {
  constexpr std::size_t files_max = 60;
  std::string files;
  std::size_t count = 0;
  for (std::size_t index = 0; index < all.files.size(); index += step) {
    files += " '" + all.files[index] + "'";
    const bool is_last = index + step >= all.files.size();
    if (++count % files_max != 0 && !is_last) continue;
    EXPECT_EQ(::system((compiler + files).c_str()), 0) << compiler;
    files.clear();
  }
  EXPECT_GT(count, 0u);
}

std::string text_of(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

std::string printed_steps(const std::string& steps, const std::string& header = "") {
  return printed(case_of(plain_case(steps, header)));
}

// What is printed does not hang on how we are built: where that is slow, some programs are enough.
constexpr std::size_t suite_step = is_sanitized ? 23 : 1;

TEST(CProgram, CompilesForEveryCaseOfTheSuite) {
  constexpr std::size_t refused_max = 8;
  Printed all;
  print_all(cases_below("conformance/cases"), all);
  EXPECT_LE(all.refused.size(), refused_max) << text_of(all.refused);
  expect_compiles(all, std::string("cc") + strict, suite_step);
}

TEST(CProgram, CompilesForOtherCompilersAndPointers) {
  Printed all;
  print_all(cases_below("conformance/cases"), all);
  expect_compiles(all, std::string("clang-19") + strict, 9);
  expect_compiles(all, std::string("clang-19") + plain, 61);
  expect_compiles(all, std::string("cc") + strict + narrow, 9);
  expect_compiles(all, std::string("cc") + plain, 61);
}

TEST(CProgram, CompilesForRecordings) {
  constexpr std::size_t refused_max = 0;
  Printed all;
  print_all(cases_below("corpora/golden/kernel"), all);
  EXPECT_LE(all.refused.size(), refused_max) << text_of(all.refused);
  expect_compiles(all, std::string("cc") + strict, 8);
}

TEST(CProgram, ShowsTheStepsOfTheCase) {
  const std::string text = printed_steps(two_processes +
                                         "T2 send request to=cms code=7 data=0102 -> EACCES | 0\n"
                                         "T1 recv -> 0 m1=request to=cms code=7 from=T2/P2 "
                                         "uid=1000 gid=1000 time=t1 data=0102\n"
                                         "T1 free=m1 -> 0\n");
  EXPECT_TRUE(text.contains("/* sample: a sample\n * MSG-31: A sentence")) << text;
  EXPECT_TRUE(text.contains("/* T2 send request to=cms code=7 data=0102  -> EACCES | 0 */\n"));
  EXPECT_TRUE(
      text.contains("  struct message *out = new_message(REQUEST, 0);\n"
                    "  out->code = 7u;\n"
                    "  static const unsigned char data[] = {1, 2};\n"));
  EXPECT_TRUE(text.contains("return is_error(EACCES) || is_value(0);"));
  EXPECT_TRUE(text.contains("send_receive(FREE, NULL, shared->messages[got_m1].at);"));
}

TEST(CProgram, HasOnlyWhatTheCaseNeeds) {
  const std::string text = printed_steps("P1 spawn T1 uid=0 gid=0 -> 0\nT1 open -> 0\n");
  for (const char* const part : {"struct message", "struct object", "advance", "fork_process",
                                 "map_pool", "start_thread", "lent", "unmapped", "arena_used"}) {
    EXPECT_FALSE(text.contains(part)) << part;
  }
}

TEST(CProgram, CompilesWithoutAnythingToDo) {
  Printed all;
  for (const char* const steps : {"advance 1ms -> 0\n", "P1 spawn T1 uid=0 gid=0 -> 0\n",
                                  "P1 spawn T1 uid=0 gid=0 -> 0\nT1 fork P2 T2 -> 0\n",
                                  "P1 spawn T1 uid=0 gid=0 -> 0\nP1 exit -> 0\n"}) {
    all.files.push_back(
        all.folder.write(std::to_string(all.files.size()) + ".c", printed_steps(steps)));
  }
  expect_compiles(all, std::string("cc") + plain, 1);
  expect_compiles(all, std::string("clang-19") + plain, 1);
}

TEST(CProgram, IsFor64BitsWhereANumberNeedsThem) {
  const std::string steps = "P1 spawn T1 uid=0 gid=0 -> 0\nT1 open -> 0\n";
  EXPECT_FALSE(printed_steps(steps + "T1 set_cms 0xffffffff -> ENOMEM\n").contains("case_pointer"));
  EXPECT_TRUE(printed_steps(steps + "T1 set_cms 0x100000000 -> ENOMEM\n")
                  .contains("enum { case_pointer = 8 };"));
}

TEST(CProgram, AsksForIdsOfEndedTasks) {
  const std::string text = printed_steps(
      "P1 spawn T1 uid=0 gid=0 -> 0\nP1 thread T2 -> 0\nP1 thread T3 -> 0\nT2 exit -> 0\n"
      "T3 exit -> 0\nP1 thread T4 -> 0\nP2 spawn T5 uid=0 gid=0 -> 0\nP1 thread T6 -> 0\n",
      "ids: reused\n");
  EXPECT_TRUE(text.contains("  ask_for_id_of(T3);\n  start_thread(T4);\n  needs_id_of(T3, T4);\n"));
  EXPECT_TRUE(text.contains("  ask_for_id_of(T2);\n  spawn(P2, T5, 0u, 0u);\n"));
  EXPECT_TRUE(text.contains("{\n  start_thread(T6);\n}"));
}

TEST(CProgram, CannotEndAThreadThatSleeps) {
  const std::string text = printed_steps(two_processes +
                                         "P2 thread T3 -> 0\n"
                                         "T3 recv -> blocked\n"
                                         "T3 exit -> 0\n");
  EXPECT_EQ(text,
            "refused: line 15: `T3 exit`: a program cannot end a thread that sleeps in a "
            "call");
}

TEST(CProgram, CannotWaitForAnHour) {
  const std::string text = printed_steps("P1 spawn T1 uid=0 gid=0\nadvance 3600000ms\n");
  EXPECT_TRUE(text.starts_with("refused: line 7: `advance 3600000ms`: the case lasts longer"));
}

TEST(CReproCommand, PrintsToTheOutputOrWritesAFile) {
  const SampleSuite suite;
  suite.add("device/sample", plain_case("P1 spawn T1 uid=0 gid=0 -> 0\nT1 open -> 0\n"));
  const CliResult printed = touchstone_in(suite, {"c-repro", "device/sample"});
  EXPECT_EQ(printed.status, 0) << printed.err;
  EXPECT_TRUE(printed.out.starts_with("/* sample: a sample\n * MSG-31: "));
  const std::string file = suite.path("repro.c");
  const CliResult written = touchstone_in(suite, {"c-repro", "device/sample", "-o", file});
  EXPECT_EQ(written.status, 0) << written.err;
  EXPECT_EQ(written.out, "");
  EXPECT_EQ(suite.folder().read("repro.c"), printed.out);
}

TEST(CReproCommand, AddsWhatElseIsRight) {
  const SampleSuite suite;
  suite.add("device/sample", plain_case("P1 spawn T1 uid=0 gid=0 -> 0\nT1 open -> 0\n"
                                        "T1 mmap 4096 prot=read,write flags=private -> EINVAL\n"
                                        "T1 get_version arg=kernel -> ENOMEM\n"));
  const CliResult printed = touchstone_in(suite, {"c-repro", "device/sample"});
  EXPECT_TRUE(printed.out.contains("{ return is_error(EINVAL) || is_error(ENOMEM); }"));
  EXPECT_TRUE(printed.out.contains("{ return is_error(ENOMEM) || is_error(EFAULT); }"));
}

TEST(CReproCommand, RefusesWithTheStepThatNoProgramCanPlay) {
  const SampleSuite suite;
  suite.add("device/sample", plain_case("P1 spawn T1 uid=0 gid=0 -> 0\nadvance 3600000ms\n"));
  const CliResult refused = touchstone_in(suite, {"c-repro", "device/sample"});
  EXPECT_EQ(refused.status, 2);
  EXPECT_EQ(refused.out, "");
  EXPECT_TRUE(refused.err.contains("line 7: `advance 3600000ms`")) << refused.err;
}

}  // namespace
}  // namespace touchstone
