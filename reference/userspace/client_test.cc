// What scripts cannot show of the library: calls that sleep, time-outs as a value, many tokens.
#include "reference/userspace/client.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <vector>

#include "reference/userspace/getters.h"

namespace touchstone::dispatch {
namespace {

// Answers exchanges from a list, and sleeps when it is empty.
class ListDriver : public Driver {
 public:
  std::deque<Answer> answers;
  std::vector<Thread> ended;
  int threads = 0;

  bool open(Thread) override { return true; }
  void close(Thread) override {}
  bool map(Thread, std::uint32_t) override { return true; }
  Answer set_cms(Thread, std::uint32_t) override { return {}; }
  Answer gen_handle(Thread, std::uint32_t) override { return {}; }
  Answer add_access(Thread, std::uint32_t, std::uint32_t) override { return {}; }
  Answer set_ipc_thread(Thread) override { return {.value = 77}; }
  Answer exchange(Thread caller, const Exchange&) override { return poll(caller); }
  Answer poll(Thread) override {
    if (answers.empty()) return {.sleeps = true};
    const Answer answer = answers.front();
    answers.pop_front();
    return answer;
  }
  std::optional<Thread> start_thread() override { return 100 + ++threads; }
  void end_thread(Thread thread) override { ended.push_back(thread); }
};

constexpr Thread main_thread = 1;
constexpr Time ms = 1000000;

Answer request_for(std::uint32_t token) {
  return {.received = Incoming{.buffer = 9, .fields = {.target = {.token = token}}}};
}

class ClientTest : public testing::Test {
 protected:
  Identity registered(std::uint32_t timeout_ms = timeout_never, std::uint32_t mode = mode_once) {
    const auto identity =
        client_.register_callback(main_thread, {Function{1, 2}, true, mode, timeout_ms});
    EXPECT_TRUE(identity);
    return identity.value_or(Identity{});
  }

  Step take(const Answer& answer) {
    driver_.answers.push_back(answer);
    return client_.step(*client_.callback_thread());
  }

  ListDriver driver_;
  Client client_{driver_};
};

TEST_F(ClientTest, ACallThatSleepsFreesItsBuffersWhenItEnds) {
  const std::vector<Pending> pending{4, 5};
  const Parcel parcel{.pending = pending};
  const Sent sent = client_.send_request(main_thread, {.target = {3}}, &parcel);
  EXPECT_TRUE(sent.sleeps);
  EXPECT_TRUE(sent.freed.empty());
  EXPECT_TRUE(client_.resume(main_thread).sleeps);
  driver_.answers.push_back({.error = 62});
  const Sent ended = client_.resume(main_thread);
  EXPECT_FALSE(ended.sleeps);
  EXPECT_EQ(ended.reply.error(), Error::bad_descriptor);
  EXPECT_EQ(ended.freed, (std::vector<Pending>{5, 4}));
}

TEST_F(ClientTest, CallsOfSeveralThreadsSleepEachByItself) {
  EXPECT_TRUE(client_.send_request(1, {.target = {3}}, nullptr).sleeps);
  EXPECT_TRUE(client_.send_request(2, {.target = {3}}, nullptr).sleeps);
  driver_.answers.push_back(request_for(0));
  EXPECT_TRUE(client_.resume(2).reply);
  EXPECT_TRUE(client_.resume(1).sleeps);
}

TEST_F(ClientTest, TheNextTimeOutIsTheNearestOne) {
  EXPECT_FALSE(client_.next_timeout());
  registered();
  EXPECT_FALSE(client_.next_timeout());
  registered(100);
  registered(50);
  EXPECT_EQ(client_.next_timeout(), 50 * ms);
  client_.advance_to(50 * ms);
  EXPECT_EQ(client_.next_timeout(), 100 * ms);
  client_.advance_to(100 * ms);
  EXPECT_FALSE(client_.next_timeout());
}

TEST_F(ClientTest, TheNextTimeOutMovesWithEachUseOfACallbackThatResets) {
  const Identity identity = registered(100, mode_reset_after_use);
  client_.advance_to(30 * ms);
  EXPECT_EQ(client_.next_timeout(), 100 * ms);
  EXPECT_TRUE(take(request_for(identity.token)).run);
  EXPECT_EQ(client_.next_timeout(), 130 * ms);
}

TEST_F(ClientTest, ARunHasTheFunctionArgumentAndMessage) {
  const Identity identity = registered();
  const Step step = take(request_for(identity.token));
  EXPECT_EQ(step.kind, Step::Kind::took_message);
  ASSERT_TRUE(step.run);
  EXPECT_EQ(step.run->function.function, 1u);
  EXPECT_EQ(step.run->function.argument, 2u);
  EXPECT_EQ(step.run->message.buffer, 9u);
  EXPECT_FALSE(step.run->context);
}

TEST_F(ClientTest, ThreadsOfCallbacksEndWhenTheseReturn) {
  const Identity identity = registered();
  const Step step = take(request_for(identity.token));
  ASSERT_TRUE(step.run);
  EXPECT_TRUE(driver_.ended.empty());
  EXPECT_FALSE(client_.handler_returned(step.run->id));
  EXPECT_EQ(driver_.ended, std::vector<Thread>{step.run->thread});
}

TEST_F(ClientTest, AReceiveThatFailsIsTold) {
  registered();
  EXPECT_EQ(take({.error = 22}).kind, Step::Kind::failed);
  EXPECT_EQ(client_.step(*client_.callback_thread()).kind, Step::Kind::sleeps);
}

TEST_F(ClientTest, TenThousandTokensAreAllDifferent) {
  std::vector<std::uint32_t> tokens;
  for (int i = 0; i < 10000; ++i) {
    const Identity identity = registered();
    tokens.push_back(identity.token);
    if (i % 2 == 0) {
      EXPECT_TRUE(client_.unregister_callback(identity.handle, identity.token));
    }
  }
  std::ranges::sort(tokens);
  EXPECT_EQ(std::ranges::adjacent_find(tokens), tokens.end());
}

TEST_F(ClientTest, CallingGettersNeedNoPlace) {
  const Incoming message{.task_id = 9, .group_id = 12};
  EXPECT_EQ(get(&message, Field::task, false), 9u);
  EXPECT_EQ(get(&message, Field::group, false), 12u);
  EXPECT_EQ(get(&message, Field::code, false).error(), Error::invalid_argument);
}

}  // namespace
}  // namespace touchstone::dispatch
