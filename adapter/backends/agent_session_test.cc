// A conversation with an agent that is a few bytes: whatever is not the answer that is due ends it,
// and the reason says what came, and where.
#include "adapter/backends/agent_session.h"

#include <gtest/gtest.h>

#include "adapter/backends/agent_backend.h"
#include "adapter/backends/agent_test_support.h"

namespace touchstone {
namespace {

using Then = ScriptedStream::Then;

Bytes encoded(const AgentFrame& frame) { return encode_agent_frame(frame); }

Bytes joined(Bytes first, const Bytes& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

// Why the conversation ends when the answer to a `spawn`, the first order, is these bytes; "" where
// it goes on.
std::string reason_of(const Bytes& bytes, Then then = Then::ends, std::size_t part_bytes = 4096) {
  AgentSession session(
      std::make_unique<ScriptedStream>(bytes, then, part_bytes),
      {.answer_time_max = std::chrono::milliseconds(then == Then::ends ? 5000 : 20)});
  const auto answer = session.give(AgentOrder::spawn, {1, 2});
  EXPECT_NE(answer.has_value(), session.lost().has_value());
  return session.lost().value_or("");
}

AgentFrame right_answer() {
  return answer_to(AgentOrder::spawn, 1, payload({0, 3, 12, 0x10000000, 65536}));
}

TEST(AgentSession, TakesTheAnswerInPartsOfAnySize) {
  for (const std::size_t part_bytes : {1u, 3u, 16u, 4096u}) {
    EXPECT_EQ(reason_of(encoded(right_answer()), Then::ends, part_bytes), "");
  }
}

TEST(AgentSession, EndsAtEveryFlippedByte) {
  const Bytes whole = encoded(right_answer());
  for (std::size_t at = 0; at < whole.size(); ++at) {
    Bytes bytes = whole;
    bytes[at] ^= std::byte{0x40};
    EXPECT_NE(reason_of(bytes), "") << at;
  }
}

TEST(AgentSession, EndsWhereAnAnswerIsCut) {
  const Bytes whole = encoded(right_answer());
  for (std::size_t count = 0; count < whole.size(); ++count) {
    const std::string reason = reason_of({whole.begin(), whole.begin() + static_cast<long>(count)});
    EXPECT_EQ(reason, std::string("frame 1 from the agent: ") +
                          (count == 0 ? "no answer" : "half an answer") +
                          ", the line has ended: signal 9");
  }
}

TEST(AgentSession, EndsWhereNoAnswerComesInTime) {
  EXPECT_EQ(reason_of({}, Then::is_silent), "frame 1 from the agent: no answer in 20 ms");
}

TEST(AgentSession, EndsWhereAnAnswerComesTwice) {
  const Bytes once = encoded(right_answer());
  EXPECT_EQ(reason_of(joined(once, once)),
            "frame 1 from the agent: more bytes come behind it than were asked for");
}

TEST(AgentSession, EndsAtAnAnswerToAnotherOrder) {
  AgentFrame frame = right_answer();
  frame.sequence = 4;
  EXPECT_EQ(reason_of(encoded(frame)), "frame 1 from the agent: it answers order 4");
  frame = answer_to(AgentOrder::fork, 1, frame.payload);
  EXPECT_EQ(reason_of(encoded(frame)),
            "frame 1 from the agent: it is of type 132, no answer to `spawn`");
}

TEST(AgentSession, EndsAtAnAnswerOfAnotherSize) {
  AgentFrame frame = right_answer();
  frame.payload.push_back(std::byte{0});
  EXPECT_EQ(reason_of(encoded(frame)), "frame 1 from the agent: it is too long for its answer");
  frame.payload.resize(39);
  EXPECT_EQ(reason_of(encoded(frame)), "frame 1 from the agent: it is too short for its answer");
}

TEST(AgentSession, EndsWithTheAgentsOwnReason) {
  EXPECT_EQ(reason_of(encoded({TOUCHSTONE_AGENT_LOST, 1, bytes_of("process 7 has ended\x01")})),
            "the agent says: process 7 has ended?");
}

TEST(AgentSession, SkipsWhatIsOnTheLineBeforeTheFirstAnswer) {
  const Bytes noise = bytes_of("U-Boot 2023.01 TsAg login: Ts");
  EXPECT_EQ(reason_of(joined(noise, encoded(right_answer()))), "");
  EXPECT_EQ(reason_of(joined(noise, encoded(right_answer())), Then::ends, 1), "");
}

TEST(AgentSession, EndsAtNoiseBehindTheFirstAnswer) {
  const Bytes noise = bytes_of("kernel: a line of sixteen or more");
  AgentSession session(std::make_unique<ScriptedStream>(joined(encoded(right_answer()), noise),
                                                        Then::ends, encoded(right_answer()).size()),
                       {});
  EXPECT_TRUE(session.give(AgentOrder::spawn, {1, 2}).has_value());
  EXPECT_FALSE(session.give(AgentOrder::open, {12}).has_value());
  EXPECT_EQ(*session.lost(), "frame 2 from the agent: it does not begin with the magic");
}

TEST(AgentSession, SaysNothingMoreOnceItIsOver) {
  AgentSession session(std::make_unique<ScriptedStream>(Bytes{}), {});
  EXPECT_FALSE(session.give(AgentOrder::open, {12}).has_value());
  const std::string first = *session.lost();
  EXPECT_FALSE(session.give(AgentOrder::close, {12}).has_value());
  session.lose("another reason");
  EXPECT_EQ(*session.lost(), first);
}

// --- hello ---

std::expected<AgentHello, std::string> hello_of(const std::vector<std::uint64_t>& words,
                                                std::string_view text = "board\n3.1") {
  Bytes bytes(8 * words.size());
  for (std::size_t i = 0; i < words.size(); ++i) store_u64(bytes, 8 * i, words[i]);
  AgentSession session(std::make_unique<ScriptedStream>(
                           encoded(answer_to(AgentOrder::hello, 1, joined(bytes, bytes_of(text))))),
                       {});
  return begin_conversation(session);
}

TEST(AgentHello, StatesTheImplementation) {
  const auto hello = hello_of(hello_words());
  ASSERT_TRUE(hello) << hello.error();
  EXPECT_EQ(hello->info.name, "board");
  EXPECT_EQ(hello->info.version, "3.1");
  EXPECT_EQ(hello->info.data_model, DataModel::ilp32);
  EXPECT_TRUE(hello->info.has(Capability::fork));
  EXPECT_TRUE(hello->info.real_time);
  EXPECT_FALSE(hello->fresh);
  EXPECT_EQ(hello->info.kernel_address, 0xffffe000u);
}

TEST(AgentHello, IsRefusedForWhatCannotBe) {
  const std::vector<std::pair<std::size_t, std::uint64_t>> wrong{
      {0, 5},          {1, 2},     {2, 0x400},      {4, 7},          {4, 65537},
      {5, 3},          {5, 65537}, {6, 4095},       {6, 32},         {7, 0},
      {7, 1ull << 32}, {8, 0},     {8, 1ull << 32}, {9, 1ull << 32}, {10, 1ull << 32}};
  for (const auto& [at, value] : wrong) {
    std::vector<std::uint64_t> words = hello_words();
    words[at] = value;
    const auto hello = hello_of(words);
    ASSERT_FALSE(hello) << at << " " << value;
    EXPECT_TRUE(hello.error().starts_with("the agent states what cannot be: ")) << hello.error();
  }
}

TEST(AgentHello, OfOneLineHasNoVersion) {
  EXPECT_EQ(hello_of(hello_words(), "board")->info.version, "");
}

}  // namespace
}  // namespace touchstone
