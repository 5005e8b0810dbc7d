#include "conformance/generator/plan_vary.h"

#include <gtest/gtest.h>

#include <set>

#include "adapter/case_text.h"
#include "conformance/generator/program_writer.h"

namespace touchstone {
namespace {

TEST(PlanVary, GivesTheSameForTheSameNumber) {
  const Plan plan = draw_plan(1, {}, 50);
  const Plan other = draw_plan(2, {}, 50);
  Draw draw(7), again(7), different(8);
  EXPECT_EQ(vary_plan(plan, other, draw), vary_plan(plan, other, again));
  EXPECT_NE(vary_plan(plan, other, draw), vary_plan(plan, other, different));
}

// From one Plan to a hundred others, of which each is a Program.
TEST(PlanVary, ComesToManyPrograms) {
  const Plan plan = draw_plan(1, {}, 20);
  const Plan other = draw_plan(2, {}, 20);
  std::set<std::string> texts;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Draw draw(seed);
    const Program program = write_program(vary_plan(plan, other, draw)).program;
    ASSERT_FALSE(program.steps.empty());
    texts.insert(print_case(program));
  }
  EXPECT_GT(texts.size(), 60u);
}

TEST(PlanVary, GrowsFromNothingAndNotForEver) {
  Plan plan;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    Draw draw(seed);
    plan = vary_plan(plan, plan, draw);
    EXPECT_LE(plan.commands.size(), 160u);
  }
  EXPECT_FALSE(plan.commands.empty());
}

}  // namespace
}  // namespace touchstone
