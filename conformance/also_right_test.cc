#include "conformance/also_right.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "conformance/explain.h"
#include "conformance/test_support.h"

namespace touchstone {
namespace {

constexpr std::int64_t efault = 14;
constexpr std::int64_t einval = 22;
constexpr std::int64_t enomem = 12;

// The errnos that are right beside the reference's answer to the last step.
std::vector<std::int64_t> also_of_last(const std::string& steps,
                                       DataModel model = DataModel::ilp32) {
  const Program program = case_of(plain_case(steps));
  const auto reference = run_reference(program, model, 0);
  std::vector<std::int64_t> numbers;
  for (const Outcome& outcome :
       also_right(program.steps.back().operation, reference.back(), real_catalogue(), model)) {
    EXPECT_EQ(outcome.kind, Outcome::Kind::error);
    numbers.push_back(outcome.value);
  }
  return numbers;
}

using Numbers = std::vector<std::int64_t>;

TEST(AlsoRight, GivesWhatTheDecidingClauseNames) {
  EXPECT_EQ(also_of_last(two_processes + "T2 mmap 4096 prot=read flags=private\n"),
            Numbers{enomem});
  EXPECT_EQ(also_of_last("P1 spawn T1 uid=0 gid=0\nT1 mmap 4096 prot=read flags=private\n"),
            Numbers{enomem});
}

TEST(AlsoRight, GivesNothingWhereNoClauseDoes) {
  EXPECT_EQ(also_of_last(two_processes + "T2 mmap 0 prot=read flags=private\n"), Numbers{});
  EXPECT_EQ(also_of_last(two_processes + "T2 get_version\n"), Numbers{});
}

TEST(AlsoRight, LetsTheSystemCallJudgeArgumentsOfCommandsWithADirection) {
  const std::string closed = "P1 spawn T1 uid=0 gid=0\n";
  EXPECT_EQ(also_of_last(closed + "T1 get_version arg=kernel\n"), Numbers{efault});
  EXPECT_EQ(also_of_last(two_processes + "T2 recv arg=kernel\n"), Numbers{efault});
  EXPECT_EQ(also_of_last(two_processes + "T2 cms add_access subject=T1 service=T1 arg=null\n"),
            Numbers{einval});
  EXPECT_EQ(also_of_last(two_processes + "T2 recv arg=bad\n"), Numbers{});
}

TEST(AlsoRight, KnowsDirectionAndUserRangeOfRawWords) {
  const std::string head = "P1 spawn T1 uid=0 gid=0\n";
  EXPECT_EQ(also_of_last(head + "T1 ioctl cmd=0x80046905 arg=0\n"), Numbers{einval});
  EXPECT_EQ(also_of_last(head + "T1 ioctl cmd=0x80046905 arg=0x3f000000\n"), Numbers{efault});
  EXPECT_EQ(also_of_last(head + "T1 ioctl cmd=0x80046905 arg=0x3effffff\n"), Numbers{});
  EXPECT_EQ(also_of_last(head + "T1 ioctl cmd=0x80046905 arg=0x3f000000\n", DataModel::lp64),
            Numbers{});
  EXPECT_EQ(also_of_last(head + "T1 ioctl cmd=0x6901 arg=0\n"), Numbers{});
}

std::size_t unspecified_from_in(const std::string& steps) {
  const Program program = case_of(plain_case(steps));
  return unspecified_from(run_reference(program, DataModel::ilp32, 0), real_catalogue());
}

TEST(UnspecifiedFrom, IsTheStepAfterAPoolIsUnmapped) {
  EXPECT_EQ(unspecified_from_in(two_processes + "T2 munmap\nT2 get_version\n"), 8u);
}

TEST(UnspecifiedFrom, IsTheFirstCommandOfTheCmsProcessWithoutItsCmsTask) {
  const std::string head =
      "P1 spawn T1 uid=0 gid=0\nT1 open\nT1 mmap 4096 prot=read flags=private\nP1 thread T2\n"
      "T2 set_cms 4096\nT2 exit\n";
  EXPECT_EQ(unspecified_from_in(head + "T1 get_version\nT1 cms gen_handle subject=T1\n"), 7u);
}

TEST(UnspecifiedFrom, IsNoCommandOfALaterOwnerOfTheCmsTasksId) {
  const std::string head =
      "case: reuse\nids: reused\n\nP1 spawn T1 uid=0 gid=0\nT1 open\n"
      "T1 mmap 4096 prot=read flags=private\nT1 set_cms 4096\nP2 spawn T2 uid=0 gid=0\nT2 open\n"
      "T2 mmap 4096 prot=read flags=private\nT1 exit\n";
  for (const char* owner : {"P2 thread T3\n", "P3 spawn T3 uid=0 gid=0\n"}) {
    const Program program = case_of(head + owner + "T2 cms gen_handle subject=T2\n");
    const auto answers = run_reference(program, DataModel::ilp32, 0);
    EXPECT_STREQ(answers.back().clause, "CMS-6");
    EXPECT_EQ(unspecified_from(answers, real_catalogue()), program.steps.size());
  }
}

TEST(UnspecifiedFrom, IsNeverWithoutAnUnspecifiedClause) {
  EXPECT_EQ(unspecified_from_in(two_processes), 7u);
  EXPECT_EQ(unspecified_from_in("P1 spawn T1 uid=0 gid=0\nT1 open\nT1 munmap\nT1 get_version\n"),
            4u);
}

}  // namespace
}  // namespace touchstone
