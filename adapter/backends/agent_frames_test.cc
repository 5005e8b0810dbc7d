// The bytes of frames: what is written is read, and what is not what was written is found.
#include "adapter/backends/agent_frames.h"

#include <gtest/gtest.h>

#include "adapter/backends/agent_test_support.h"

namespace touchstone {
namespace {

using State = AgentFrameFound::State;

Bytes sample() { return encode_agent_frame({13, 7, payload({10, 0xc0206904, 0x10000000})}); }

TEST(AgentFrames, WholeFrameIsReadAsItWasWritten) {
  const Bytes bytes = sample();
  const AgentFrameFound found = find_agent_frame(bytes);
  ASSERT_EQ(found.state, State::whole);
  EXPECT_EQ(found.bytes, bytes.size());
  EXPECT_EQ(found.frame.type, 13);
  EXPECT_EQ(found.frame.sequence, 7u);
  EXPECT_EQ(found.frame.payload, payload({10, 0xc0206904, 0x10000000}));
}

// By hand, byte for byte: a board's agent may be written in another language.
TEST(AgentFrames, BytesAreThoseOfTheDocument) {
  const Bytes expected{std::byte{'T'},  std::byte{'s'},  std::byte{'A'},  std::byte{'g'},
                       std::byte{1},    std::byte{2},     // version, `reset`
                       std::byte{0xf3}, std::byte{0x18},  // header check
                       std::byte{5},    std::byte{0},    std::byte{0},    std::byte{0},
                       std::byte{0},    std::byte{0},    std::byte{0},    std::byte{0},
                       std::byte{0xdb}, std::byte{0x99}, std::byte{0x8e}, std::byte{0x2f}};
  EXPECT_EQ(encode_agent_frame({2, 5, {}}), expected);
}

TEST(AgentFrames, PayloadOfNothingAndOfTheMostAreRead) {
  for (const std::size_t count :
       {std::size_t{0}, std::size_t{TOUCHSTONE_AGENT_PAYLOAD_BYTES_MAX}}) {
    const AgentFrame frame{1, 1, Bytes(count, std::byte{0xa5})};
    const AgentFrameFound found = find_agent_frame(encode_agent_frame(frame));
    ASSERT_EQ(found.state, State::whole);
    EXPECT_EQ(found.frame.payload, frame.payload);
  }
}

TEST(AgentFrames, EveryFlippedBitIsFound) {
  const Bytes whole = sample();
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    Bytes bytes = whole;
    bytes[bit / 8] ^= std::byte{1} << (bit % 8);
    const AgentFrameFound found = find_agent_frame(bytes);
    EXPECT_TRUE(found.state == State::noise || found.state == State::broken) << bit;
    EXPECT_FALSE(found.what.empty());
  }
}

TEST(AgentFrames, CutFrameIsIncompleteAtEveryLength) {
  const Bytes whole = sample();
  for (std::size_t count = 0; count < whole.size(); ++count) {
    EXPECT_EQ(find_agent_frame(std::span(whole).first(count)).state, State::incomplete) << count;
  }
}

TEST(AgentFrames, LostByteIsFoundWhereverItWas) {
  Bytes two = sample();
  const Bytes second = sample();
  two.insert(two.end(), second.begin(), second.end());
  for (std::size_t lost = 0; lost < second.size(); ++lost) {
    Bytes bytes = two;
    bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(lost));
    const State state = find_agent_frame(bytes).state;
    EXPECT_TRUE(state == State::noise || state == State::broken) << lost;
  }
}

TEST(AgentFrames, OtherVersionIsNamed) {
  Bytes bytes = sample();
  // A header that is right but for its version: what a later agent would send.
  bytes[4] = std::byte{9};
  bool is_found = false;
  for (unsigned check = 0; check < 65536 && !is_found; ++check) {
    bytes[6] = static_cast<std::byte>(check & 0xff);
    bytes[7] = static_cast<std::byte>(check >> 8);
    is_found = find_agent_frame(bytes).state == State::broken;
  }
  EXPECT_EQ(find_agent_frame(bytes).what, "it is of another version of the protocol");
}

TEST(AgentFrames, EveryOrderHasItsShape) {
  EXPECT_EQ(shape_of(AgentOrder::hello).answer_words, 11u);
  EXPECT_EQ(shape_of(AgentOrder::mmap).words, 4u);
  EXPECT_EQ(shape_of(AgentOrder::write).bytes_max, 65536u);
  EXPECT_EQ(shape_of(AgentOrder::descriptor_count).name, "descriptor_count");
}

}  // namespace
}  // namespace touchstone
