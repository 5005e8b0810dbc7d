// How long is waited where time is real.  The clock here is the reference's, put forward by what is
// asked for.
#include "adapter/real_time.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "adapter/backends/reference_backend.h"
#include "adapter/case_text.h"
#include "adapter/executor.h"
#include "adapter/forwarding_backend.h"

namespace touchstone {
namespace {

BackendInfo real_time_info() {
  BackendInfo info = make_reference_factory({})->info();
  info.real_time = true;
  info.capabilities &= ~static_cast<std::uint32_t>(Capability::virtual_time);
  return info;
}

class WaitingBackend : public ForwardingBackend {
 public:
  explicit WaitingBackend(std::vector<std::uint64_t>& waits_ms)
      : ForwardingBackend(make_reference_factory({})->create()), waits_ms_(waits_ms) {}
  const BackendInfo& info() const override { return info_; }
  void advance(std::uint64_t nanoseconds) override {
    waits_ms_.push_back(nanoseconds / 1000000);
    ForwardingBackend::advance(nanoseconds);
  }

 private:
  const BackendInfo info_ = real_time_info();
  std::vector<std::uint64_t>& waits_ms_;
};

Program parse(const std::string& steps) {
  const auto program = parse_case(
      "case: waits\ntitle: x\nclauses: RCV-7\nclass: contract\nabi: any\n\n"
      "P1 spawn T1 uid=0 gid=0 -> 0\nT1 open -> 0\nT1 mmap 4096 prot=read flags=private -> 0\n"
      "T1 set_cms 4096 -> 0\nP2 spawn T2 uid=0 gid=0 -> 0\nT2 open -> 0\n"
      "T2 mmap 4096 prot=read flags=private -> 0\n" +
      steps);
  EXPECT_TRUE(program) << to_string(program.error(), "waits");
  return program.value_or(Program{});
}

// What must come out of it comes out only where the clock here shows what the real one would.
std::vector<std::uint64_t> waits_of(const Program& program, bool is_played_right = true) {
  std::vector<std::uint64_t> waits_ms;
  WaitingBackend backend(waits_ms);
  const auto outcomes = execute(program, backend);
  for (std::size_t i = 0; is_played_right && i < outcomes.size(); ++i) {
    EXPECT_EQ(outcomes[i].kind, program.steps[i].expected.front().kind) << i;
  }
  return waits_ms;
}

TEST(RealTime, EndsWellBeforeWhatMustNotBeOverAndWellAfterWhatMustBe) {
  const auto waits =
      waits_of(parse("T2 send+recv request to=cms code=1 -> blocked\nadvance 4999ms -> 0\n"
                     "T2 poll -> blocked\nadvance 1ms -> 0\nT2 poll -> ETIME\n"));
  ASSERT_EQ(waits.size(), 2u);
  EXPECT_LE(waits[0], 3000u);
  EXPECT_GE(waits[0], 2000u);
  EXPECT_GT(waits[1], 5000u);  // this clock has not moved meanwhile
}

TEST(RealTime, EndsHalfWayBetweenLimitsThatAreClose) {
  const auto waits = waits_of(
      parse(
          "P3 spawn T3 uid=0 gid=0 -> 0\nT3 open -> 0\nT3 mmap 4096 prot=read flags=private -> 0\n"
          "T2 send+recv request to=cms code=1 -> blocked\nadvance 1000ms -> 0\n"
          "T3 send+recv request to=cms code=2 -> blocked\nadvance 4000ms -> 0\n"
          "T2 poll -> ETIME\nT3 poll -> blocked\n"),
      false);
  ASSERT_EQ(waits.size(), 2u);
  EXPECT_GT(waits[1], 4900u);  // both have begun at one moment: this clock has not moved meanwhile
  EXPECT_LE(waits[1], 5000u);
}

// A reply's five seconds begin with its own request, not with an earlier one.
TEST(RealTime, KnowsWhichRequestAReplyIsLateFor) {
  const auto waits =
      waits_of(parse("T2 send request to=cms code=1 -> 0\nadvance 5000ms -> 0\n"
                     "T2 send request to=cms code=2 -> 0\n"
                     "T1 recv -> 0 m1=request to=cms code=1 from=T2/P2 uid=0 gid=0 time=t1\n"
                     "T1 recv -> 0 m2=request to=cms code=2 from=T2/P2 uid=0 gid=0 time=t2\n"
                     "T1 send+free reply to=T2 time=m2 free=m2 -> 0\n"));
  ASSERT_EQ(waits.size(), 1u);
  EXPECT_GE(waits[0], 4000u);
}

Pace::Clock::time_point now{};

TEST(RealTime, KnowsThatAStepWasLookedAtTooLate) {
  const Program program = parse(
      "T2 send+recv request to=cms code=1 -> blocked\n"
      "advance 4000ms -> 0\n"
      "T2 poll -> blocked\n");
  const std::size_t send = program.steps.size() - 3;
  for (const int late_ms : {-1, 1}) {
    Pace pace(program, [] { return now; });
    const auto play = [&pace](std::size_t step, int ms) {
      pace.begin_step(step);
      now += std::chrono::milliseconds(ms);
      pace.end_step();
    };
    for (std::size_t step = 0; step <= send; ++step) play(step, 0);
    pace.begin_step(send + 1);
    const auto wait = static_cast<int>(pace.wait_ms());
    EXPECT_LT(wait, 4000);
    now += std::chrono::milliseconds(wait);
    pace.end_step();
    EXPECT_FALSE(pace.late_from());
    play(send + 2, 5000 - wait + late_ms);
    EXPECT_EQ(pace.late_from(), late_ms > 0 ? std::optional(send + 2) : std::nullopt) << late_ms;
  }
}

}  // namespace
}  // namespace touchstone
