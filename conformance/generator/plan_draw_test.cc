// Scenes: what they are drawn for comes of them, far more often than of single Commands.
#include "conformance/generator/plan_draw.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string_view>

#include "conformance/generator/program_writer.h"

namespace touchstone {
namespace {

constexpr std::uint64_t programs = 400;

// In how many of the Programs the clause decided an outcome.
std::uint64_t programs_with(std::string_view clause, bool has_scene) {
  std::uint64_t count = 0;
  for (std::uint64_t seed = 1; seed <= programs; ++seed) {
    Plan plan = draw_plan(seed, {}, 0);
    Draw draw(seed);
    if (has_scene) std::ranges::move(draw_scene(draw), std::back_inserter(plan.commands));
    const Written written = write_program(plan);
    count += std::ranges::any_of(
        written.outcomes, [clause](const Outcome& outcome) { return outcome.clause == clause; });
  }
  return count;
}

TEST(DrawScene, LetsCallsTimeOut) {
  EXPECT_GE(programs_with("RCV-7", true), 2 * programs_with("RCV-7", false) + 4);
}

// Also with another timestamp than the caller waits for.
TEST(DrawScene, AnswersWhileTheCallerSleeps) {
  EXPECT_GE(programs_with("MSG-24", true), 2 * programs_with("MSG-24", false) + 4);
}

}  // namespace
}  // namespace touchstone
