// Several workers, one order.
#include "conformance/in_order.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <string>
#include <vector>

namespace touchstone {
namespace {

TEST(InOrder, HandsOutWhatTheLastWorkerDoesFirst) {
  std::latch all_work(4);  // no worker ends before all have begun
  std::vector<std::size_t> taken;
  in_order(
      20, 4,
      [&](std::size_t index) {
        if (index < 4) all_work.arrive_and_wait();
        return index;
      },
      [&](std::size_t index) {
        taken.push_back(index);
        return true;
      });
  ASSERT_EQ(taken.size(), 20u);
  for (std::size_t i = 0; i < taken.size(); ++i) EXPECT_EQ(taken[i], i);
}

TEST(InOrder, StopsWhenNoMoreIsWanted) {
  for (const std::uint32_t workers : {1u, 3u}) {
    std::atomic<std::size_t> worked = 0;
    std::size_t taken = 0;
    in_order(
        1000000, workers,
        [&](std::size_t index) {
          ++worked;
          return index;
        },
        [&](std::size_t) { return ++taken < 5; });
    EXPECT_EQ(taken, 5u);
    EXPECT_LT(worked, 1000000u);
  }
}

TEST(InOrder, HasNothingToDoForNothing) {
  in_order(
      0, 8, [](std::size_t index) { return index; },
      [](std::size_t) {
        ADD_FAILURE();
        return true;
      });
}

}  // namespace
}  // namespace touchstone
