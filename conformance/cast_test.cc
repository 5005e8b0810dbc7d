#include "conformance/cast.h"

#include <gtest/gtest.h>

#include "conformance/test_support.h"

namespace touchstone {
namespace {

constexpr TaskName t1{1}, t2{2}, t3{3}, t4{4};

Cast cast_of(const std::string& steps) { return Cast(case_of(plain_case(steps))); }

TEST(Cast, KnowsTheProcessOfEachTask) {
  const Cast cast = cast_of("P1 spawn T1 uid=0 gid=0\nP1 thread T2\nT2 fork P2 T3\n");
  EXPECT_EQ(cast.process_of(t1), ProcessName{1});
  EXPECT_EQ(cast.process_of(t2), ProcessName{1});
  EXPECT_EQ(cast.process_of(t3), ProcessName{2});
  EXPECT_EQ(cast.process_of(t4), std::nullopt);
}

TEST(Cast, TasksOfAProcessEndTogetherWithIt) {
  const std::string tasks = "P1 spawn T1 uid=0 gid=0\nP1 thread T2\nP2 spawn T3 uid=0 gid=0\n";
  for (const std::string end : {"P1 exit\n", "T1 exit\n"}) {
    const Cast cast = cast_of(tasks + end);
    EXPECT_TRUE(cast.end_together(t1, t2)) << end;
    EXPECT_FALSE(cast.end_together(t1, t3)) << end;
  }
}

TEST(Cast, ATaskThatEndsAloneEndsWithNoOther) {
  const Cast cast = cast_of("P1 spawn T1 uid=0 gid=0\nP1 thread T2\nT2 exit\nP1 exit\n");
  EXPECT_FALSE(cast.end_together(t1, t2));
}

TEST(Cast, ExecEndsOtherTasksAndTheServiceOfItsCaller) {
  const Cast cast = cast_of(
      "P1 spawn T1 uid=0 gid=0\nP1 thread T2\nP1 thread T3\nT2 exec\nP1 thread T4\nT2 exit\n");
  EXPECT_TRUE(cast.end_together(t1, t3));
  EXPECT_TRUE(cast.end_together(t1, t2));
  EXPECT_TRUE(cast.end_together(t2, t4));  // after exec T2 is the main task
  EXPECT_FALSE(cast.end_together(t1, t4));
}

TEST(Cast, NamesTheCallerOfAnOperation) {
  EXPECT_EQ(caller_of(Open{t2}), t2);
  EXPECT_EQ(caller_of(Poll{t3}), t3);
  EXPECT_EQ(caller_of(Advance{5}), std::nullopt);
}

}  // namespace
}  // namespace touchstone
