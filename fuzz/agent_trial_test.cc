// The core of the target agent_frames: finds nothing in what is right, and notices a side that
// reads frames in a way of its own.
#include "fuzz/agent_trial.h"

#include <gtest/gtest.h>

#include <string>

#include "fuzz/seeds_agent.h"

namespace touchstone::fuzz {
namespace {

std::span<const std::uint8_t> input_of(const std::string& bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

std::string broken_law(const AgentFunctions& functions, const std::string& bytes) {
  return try_agent_line(functions, input_of(bytes)).broken_law;
}

std::string seed(std::string_view name) {
  for (const Seed& one : agent_seeds()) {
    if (one.name == name) return one.bytes;
  }
  ADD_FAILURE() << name;
  return "";
}

TEST(AgentTrial, FindsNothingInSeedsWholeOrCut) {
  for (const Seed& one : agent_seeds()) {
    for (std::size_t count = 0; count <= one.bytes.size(); ++count) {
      EXPECT_EQ(broken_law({}, one.bytes.substr(0, count)), "") << one.name << " " << count;
    }
  }
}

TEST(AgentTrial, UnderstandsSeedsButThoseThatAreSpoilt) {
  for (const char* const name :
       {"answers-spawn", "answers-call", "answers-sleeper", "answers-memory", "answers-errno",
        "answers-descriptors", "frames-orders", "frames-any-bytes"}) {
    EXPECT_TRUE(try_agent_line({}, input_of(seed(name))).is_understood) << name;
  }
  for (const char* const name : {"answers-noise", "frames-spoilt", "frames-cut"}) {
    EXPECT_FALSE(try_agent_line({}, input_of(seed(name))).is_understood) << name;
  }
}

TEST(AgentTrial, NoticesASideThatChecksNothing) {
  AgentFunctions wrong;
  wrong.find = [](std::span<const std::byte> bytes) {
    AgentFrameFound found = find_agent_frame(bytes);
    if (found.state == AgentFrameFound::State::broken) found.state = AgentFrameFound::State::whole;
    return found;
  };
  // One byte behind the header is another.
  EXPECT_EQ(broken_law(wrong, {1, 1, 2, 0, 0, 17, 0, 4}), "two sides see another state of a frame");
}

TEST(AgentTrial, NoticesASideThatReadsAnotherType) {
  AgentFunctions wrong;
  wrong.find = [](std::span<const std::byte> bytes) {
    AgentFrameFound found = find_agent_frame(bytes);
    ++found.frame.type;
    return found;
  };
  EXPECT_EQ(broken_law(wrong, seed("frames-orders")), "two sides read another frame");
}

}  // namespace
}  // namespace touchstone::fuzz
