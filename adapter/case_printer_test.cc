#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "adapter/case_text.h"

namespace touchstone {
namespace {

Program parse(std::string_view text) {
  auto program = parse_case(text);
  if (!program) {
    ADD_FAILURE() << to_string(program.error(), "text") << "\n" << text;
    return {};
  }
  return *std::move(program);
}

// Everything that a case states, message names and reasons too; line numbers do not count.
bool same_step(const Step& left, const Step& right) {
  const auto same = [](const Outcome& one, const Outcome& other) {
    return same_outcome(one, other) && one.message == other.message && one.reason == other.reason;
  };
  return left.operation == right.operation &&
         std::ranges::equal(left.expected, right.expected, same);
}

void expect_same_program(const Program& left, const Program& right) {
  EXPECT_EQ(left.header, right.header);
  EXPECT_EQ(left.message_names, right.message_names);
  ASSERT_EQ(left.steps.size(), right.steps.size());
  for (std::size_t index = 0; index < left.steps.size(); ++index) {
    EXPECT_TRUE(same_step(left.steps[index], right.steps[index]))
        << "step " << index << ": " << print_operation(left.steps[index].operation, left);
  }
}

std::vector<std::filesystem::path> golden_files() {
  std::vector<std::filesystem::path> files;
  const std::filesystem::path folder = TOUCHSTONE_SOURCE_DIR "/corpora/golden/kernel";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".case") files.push_back(entry.path());
  }
  return files;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(PrintCase, GivesEveryGoldenCaseBack) {
  const std::vector<std::filesystem::path> files = golden_files();
  EXPECT_GT(files.size(), 500u);
  for (const std::filesystem::path& path : files) {
    SCOPED_TRACE(path);
    const Program program = parse(read_file(path));
    expect_same_program(parse(print_case(program)), program);
  }
}

// Every word of the format, each step with one space before its arrow.
constexpr std::string_view every_word =
    R"(case: every-word
title: every word of the format
clauses: MSG-1, RCV-2
class: unspecified
ids: reused
quirk: Q1 Q2
bug: 3.1
abi: lp64
limits: tasks=4 processes=2 page=64
needs: virtual-time fork exec alloc-fault id-reuse credentials fd fd-count user-range

P1 spawn T1 uid=0 gid=4294967295 -> 0
T1 fork P2 T2 -> 0
P1 thread T3 -> 0
T1 open -> 0
T1 close -> 0
T1 mmap 1 prot=read,write,exec flags=private,shared -> EINVAL | ENOMEM
T1 mmap 18446744073709551615 prot=none flags=none -> E999
T1 munmap -> 0
T1 set_cms 4096 -> 0
T1 cms gen_handle subject=T2 -> 0 service=T2
T1 cms remove_handle subject=cms service=self -> -1
T1 cms add_access subject=0 service=T2 arg=null
T1 cms 77 -> EINVAL
T1 cms 77 subject=T1 service=5 arg=bad -> EINVAL
T1 set_ipc_thread -> T1
T1 get_version arg=kernel -> 0 version=2
T1 ioctl cmd=26889 arg=7 -> EINVAL
T1 recv -> 0 m1=9 to=T1 token=T2 cookie=1 code=2 flag=oneway from=T2/P2 uid=3 gid=4 time=t1)"
    R"( data=00 obj@0=fd:F101/of=P2.F1 obj@16=ptr: obj@32=svc:self/token=1/cookie=2)"
    R"( obj@48=type:7 defect=RCV-15 "a \"b\" # | \\ \n \x07"
T1 recv -> 0 _=request to=cms from=5/6 uid=0 gid=0 time=t2
T1 recv -> 0 n=death_notify to=T1 from=KERNEL/KERNEL uid=0 gid=0 time=t2
T1 get_version arg=data:m1 -> 0
T1 free=m1 -> 0
T1 free -> EINVAL
T1 free request to=cms free=m1 -> EINVAL
T1 recv free=12345 -> blocked
T1 msg flags=12 request to=T2 free=ptr:m1:3 -> crash
T1 msg flags=7 -> hang
T1 send+free+recv type=9 to=120 token=1 cookie=2 code=3 flag=7 time=m1 data=00ff data_size=9)"
    R"( object_count=4 offsets=0,16 obj@0=fd:F101 obj@16=fd:99 obj@16=ptr:/size=0)"
    R"( obj@0=ptr:kernel obj@4=svc:T3/cookie=1 obj@4=type:7 out=bad free=interior:m1)"
    R"( arg=data:m1 -> not_run "T1 sleeps"
T1 send reply to=self time=5 data=null offsets=bad -> lost ""
T1 send out=null free=past_end -> 0
T1 poll -> 0
P1 descriptors -> 1
advance 18446744073709551615ms -> 0
inject alloc_failure after=3 -> 0
T1 exec -> 0
T3 exit -> 0
P1 exit -> 0
)";

std::string without_alignment(std::string_view text) {
  std::string result;
  for (const char character : text) {
    if (character != ' ' || !result.ends_with(' ')) result += character;
  }
  return result;
}

TEST(PrintCase, GivesTheSameTextForEveryWordOfTheFormat) {
  EXPECT_EQ(without_alignment(print_case(parse(every_word))), every_word);
}

TEST(PrintCase, AlignsArrowsToTheWidestStepThatIsNotTooWide) {
  const std::string wide = "T1 send request to=cms data=" + std::string(80, '0');
  const std::string text = print_case(
      parse("case: x\nP1 spawn T1 uid=0 gid=0 -> 0\nT1 open -> 0\n" + wide + " -> EINVAL\n"));
  EXPECT_NE(text.find("\nP1 spawn T1 uid=0 gid=0 -> 0\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\nT1 open                 -> 0\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\n" + wide + " -> EINVAL\n"), std::string::npos) << text;
}

TEST(PrintCase, NamesACaseThatHasNoName) {
  Program program;
  program.steps.push_back({.operation = Advance{1}, .expected = {}, .line = 0});
  EXPECT_EQ(print_case(program), "case: unnamed\nclass: contract\nabi: any\n\nadvance 1ms\n");
}

TEST(PrintCase, KeepsATitleOnItsLine) {
  Program program;
  program.header.name = "x";
  program.header.title = "one\nids: reused";
  program.steps.push_back({.operation = Advance{1}, .expected = {}, .line = 0});
  EXPECT_FALSE(parse(print_case(program)).header.ids_reused);
}

TEST(PrintOutcome, GivesAMessageWithoutANameAnUnderscore) {
  Outcome outcome;
  outcome.kind = Outcome::Kind::message;
  EXPECT_EQ(print_outcome(outcome, Program{}), "0 _=request to=0 from=0/0 uid=0 gid=0 time=t0");
}

TEST(SubjectOf, IsTheTaskOrTheProcessOfAStep) {
  EXPECT_EQ(subject_of(Spawn{.process = ProcessName{2}, .task = TaskName{3}}), "P2");
  EXPECT_EQ(subject_of(CountDescriptors{ProcessName{4}}), "P4");
  EXPECT_EQ(subject_of(Fork{.caller = TaskName{5}}), "T5");
  EXPECT_EQ(subject_of(Poll{TaskName{6}}), "T6");
  EXPECT_EQ(subject_of(Advance{1}), "");
  EXPECT_EQ(subject_of(InjectAllocFailure{1}), "");
}

}  // namespace
}  // namespace touchstone
