#include "conformance/support.h"

#include <gtest/gtest.h>

#include <bit>

#include "conformance/test_support.h"

namespace touchstone {
namespace {

using Words = std::vector<std::string>;

Words missing(const std::string& steps, const std::string& more_header, BackendInfo backend) {
  return missing_for(case_of(plain_case(steps, more_header)), backend);
}

BackendInfo bare() { return {}; }

BackendInfo able() {
  BackendInfo backend;
  backend.capabilities = every_capability;
  return backend;
}

TEST(MissingFor, IsEmptyForABackendThatCanDoAll) {
  EXPECT_EQ(
      missing("P1 spawn T1 uid=0 gid=0\nT1 fork P2 T2\n", "needs: fork exec fd-count\n", able()),
      Words{});
}

TEST(MissingFor, NamesWhatTheCaseStates) {
  EXPECT_EQ(missing("P1 spawn T1 uid=0 gid=0\n", "needs: virtual-time credentials\n", bare()),
            (Words{"virtual-time", "credentials"}));
  EXPECT_EQ(missing("P1 spawn T1 uid=0 gid=0\n", "ids: reused\n", bare()), Words{"id-reuse"});
  EXPECT_EQ(missing("P1 spawn T1 uid=0 gid=0\n", "needs: user-range\n", bare()),
            Words{"user-range"});
}

TEST(MissingFor, NamesWhatTheStepsUseOnce) {
  const std::string steps =
      "P1 spawn T1 uid=0 gid=0\nT1 fork P2 T2\nT1 exec\nadvance 1ms\nadvance 1ms\n"
      "inject alloc_failure after=0\nT1 send request to=cms obj@0=fd:F1\nP1 descriptors\n";
  EXPECT_EQ(missing(steps, "", bare()),
            (Words{"fork", "exec", "virtual-time", "alloc-fault", "fd", "fd-count"}));
}

TEST(MissingFor, LetsRealTimeStandInForShortWaits) {
  BackendInfo waits = bare();
  waits.real_time = true;
  EXPECT_EQ(missing("advance 5000ms\n", "", waits), Words{});
  EXPECT_EQ(missing("advance 60001ms\n", "", waits), Words{"virtual-time"});
  EXPECT_EQ(missing("advance 1ms\n", "", bare()), Words{"virtual-time"});
}

TEST(MissingFor, NamesAnotherDataModel) {
  EXPECT_EQ(
      missing_for(case_of("case: a\ntitle: t\nabi: lp64\n\nP1 spawn T1 uid=0 gid=0\n"), able()),
      Words{"abi=lp64"});
  EXPECT_EQ(
      missing_for(case_of("case: a\ntitle: t\nabi: any\n\nP1 spawn T1 uid=0 gid=0\n"), able()),
      Words{});
}

TEST(MissingFor, NamesOtherLimits) {
  const std::string limits = "limits: tasks=128 processes=64 page=4096\n";
  EXPECT_EQ(missing("P1 spawn T1 uid=0 gid=0\n", limits, able()), Words{});
  BackendInfo small = able();
  small.task_limit = 16;
  small.page_bytes = 16384;
  EXPECT_EQ(missing("P1 spawn T1 uid=0 gid=0\n", limits, small), (Words{"tasks=128", "page=4096"}));
}

TEST(CapabilityWords, NameEachBit) {
  EXPECT_EQ(capability_words_of(able()).size(), std::popcount(every_capability));
  EXPECT_EQ(capability_words_of(bare()), Words{});
  for (const std::string& word : capability_words_of(able())) EXPECT_TRUE(is_capability_word(word));
  EXPECT_FALSE(is_capability_word("forks"));
}

}  // namespace
}  // namespace touchstone
