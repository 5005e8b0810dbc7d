#include "reference/services/endpoint.h"

#include <gtest/gtest.h>

namespace touchstone::services {
namespace {

constexpr std::uint64_t millisecond = 1'000'000;

TEST(FlowControl, GivesBackOneRequestForEachMillisecond) {
  Endpoint endpoint(DataModel::ilp32);
  endpoint.add_service(1, /*is_exempt=*/true);
  std::uint64_t taken = 0;
  while (endpoint.takes({.user = 0, .token = 1, .now_ns = 0})) ++taken;
  EXPECT_EQ(taken, burst_requests_max);
  EXPECT_FALSE(endpoint.takes({.user = 0, .token = 1, .now_ns = millisecond - 1}));
  EXPECT_TRUE(endpoint.takes({.user = 0, .token = 1, .now_ns = millisecond}));
  EXPECT_FALSE(endpoint.takes({.user = 0, .token = 1, .now_ns = millisecond}));
}

TEST(FlowControl, StaysWithinItsBoundsForAnyClock) {
  FlowControl flow;
  EXPECT_TRUE(flow.has_room(UINT64_MAX));
  EXPECT_TRUE(flow.has_room(0));
  for (std::uint64_t request = 0; request < burst_requests_max; ++request) {
    ASSERT_TRUE(flow.has_room(0));
    flow.take();
  }
  EXPECT_FALSE(flow.has_room(0));
  EXPECT_FALSE(flow.has_room(UINT64_MAX));
}

TEST(Endpoint, LearnsNothingForATokenThatIsNoServices) {
  Endpoint endpoint(DataModel::ilp32);
  EXPECT_FALSE(endpoint.learn(1, {}));
  EXPECT_FALSE(endpoint.takes({.user = 0, .token = 1, .now_ns = 0}));
}

TEST(Endpoint, ForgetsPoliciesWhenTheServiceIsAddedAnew) {
  Endpoint endpoint(DataModel::lp64);
  endpoint.add_service(1, false);
  const auto answer = FieldWriter(DataModel::lp64)
                          .signed_number(0)
                          .service({5, 1})
                          .number(1)
                          .signed_number(3)
                          .signed_number(7)
                          .finish();
  EXPECT_TRUE(endpoint.learn(1, answer));
  EXPECT_TRUE(endpoint.takes({.user = 7, .token = 1, .now_ns = 0}));
  endpoint.add_service(1, false);
  EXPECT_FALSE(endpoint.takes({.user = 7, .token = 1, .now_ns = 0}));
}

}  // namespace
}  // namespace touchstone::services
