#include "conformance/userspace/dispatch_player.h"

#include <gtest/gtest.h>

#include <string>

#include "conformance/userspace/dispatch_reference.h"
#include "conformance/userspace/shown.h"

namespace touchstone::userspace {
namespace {

class DispatchPlayerTest : public testing::Test {
 protected:
  std::expected<Shown, StepError> play(const std::string& step) {
    const auto script = parse_script("case: one-step\n" + step + "\n");
    EXPECT_TRUE(script) << step;
    if (!script) return std::unexpected(StepError{});
    return player_.play(script->steps.front());
  }

  std::string shown(const std::string& step, std::string_view key) {
    const auto played = play(step);
    EXPECT_TRUE(played) << step << ": expected " << played.error().expected;
    if (!played) return {};
    const std::string* value = value_of(*played, key);
    return value == nullptr ? "not shown" : *value;
  }

  // What was expected where the step is malformed.
  std::string expected(const std::string& step) {
    const auto played = play(step);
    return played ? "nothing" : played.error().expected;
  }

  DispatchPlayer player_{make_reference_dispatch(DataModel::ilp32)};
};

TEST_F(DispatchPlayerTest, EachStepShowsEveryKeyThatCanBeStated) {
  const auto played = play("open 4096");
  ASSERT_TRUE(played);
  const ScriptStep step;
  for (const auto& [key, value] : played->values) EXPECT_TRUE(player_.can_show(step, key)) << key;
  EXPECT_FALSE(player_.can_show(step, "colour"));
  EXPECT_EQ(played->values.front().first, "result");
  EXPECT_EQ(*value_of(*played, "ptr"), "none");
}

TEST_F(DispatchPlayerTest, NamesCallbacksMessagesAndRuns) {
  EXPECT_EQ(shown("register_callback c1", "sid_token"), "new");
  EXPECT_EQ(shown("receive request m1 token=c1", "run"), "h1");
  EXPECT_EQ(shown("receive request m2 token=c1", "message"), "m2");
  EXPECT_EQ(shown("send_reply m1", "given_back"), "m1");
  EXPECT_EQ(shown("handler_returns h2", "runs"), "0");
}

TEST_F(DispatchPlayerTest, ShowsTheLastExchangeOfAStep) {
  EXPECT_EQ(shown("send_request to=3 token=9 data=20 objects=1", "ioctl_flags"), "3");
  EXPECT_EQ(shown("send_request to=3 token=9 data=20 objects=1", "data"), "20");
  EXPECT_EQ(shown("send_request to=3 token=9 code=0xffffffff", "code"), "4294967295");
  EXPECT_EQ(shown("close", "type"), "none");
}

TEST_F(DispatchPlayerTest, GivesBytesOfAReplyInHexadecimalDigits) {
  play("answer r1 data=fb00");
  EXPECT_EQ(shown("send_request to=3", "reply"), "fb00");
  play("answer r2");
  EXPECT_EQ(shown("send_request to=3", "reply"), "empty");
  EXPECT_EQ(shown("send_request to=3", "ptr"), "unnamed");
}

TEST_F(DispatchPlayerTest, RefusesWordsThatItDoesNotKnow) {
  EXPECT_EQ(expected("dance"), "a verb of dispatch");
  EXPECT_EQ(expected("driver ioctl=EWHAT"), "an error of the driver such as EINVAL");
  EXPECT_EQ(expected("send_request to=3 io=soggy"), "a state of a parcel such as overflowed");
  EXPECT_EQ(expected("receive letter m1"), "request, reply, failed_reply or death");
  EXPECT_EQ(expected("get colour null"), "token, code, flag or calling_tid, _pid, _uid, _gid");
  EXPECT_EQ(expected("advance soon"), "a time such as 100ms");
  EXPECT_EQ(expected("advance 5"), "a time such as 100ms");
  EXPECT_EQ(expected("send_request to=3 ptr=0"), "null");
}

TEST_F(DispatchPlayerTest, RefusesNamesThatAreTakenOrMeanNothing) {
  play("register_callback c1");
  EXPECT_EQ(expected("register_callback c1"), "a new handler's name");
  EXPECT_EQ(expected("register_death 7 handle=4"), "a new handler's name");
  EXPECT_EQ(expected("unregister_callback c2"), "a callback's name");
  play("receive request m1 token=c1");
  EXPECT_EQ(expected("receive request m1 token=c1"), "a new message's name");
  EXPECT_EQ(expected("free_buffer m2"), "the name of a message, or null");
  EXPECT_EQ(expected("handler_returns m1"), "a handler such as h1");
  EXPECT_EQ(expected("handler_returns hello"), "a handler that runs, such as h1");
}

TEST_F(DispatchPlayerTest, RefusesWhatIsLeftOver) {
  EXPECT_EQ(expected("open 4096 4096"), "no further word for `open`");
  EXPECT_EQ(expected("close now=1"), "no `now=` for `close`");
}

TEST_F(DispatchPlayerTest, AMalformedStepDoesNothing) {
  EXPECT_EQ(expected("open 4096 please=1"), "no `please=` for `open`");
  EXPECT_EQ(shown("set_sa_manager 256", "opens"), "1");
}

TEST_F(DispatchPlayerTest, ASubjectWithoutThreadTakesNoMessage) {
  EXPECT_EQ(shown("receive request m1 token=1", "taken"), "no");
  EXPECT_EQ(shown("loop_receive request m2", "taken"), "no");
  EXPECT_EQ(shown("handler_returns h1", "runs"), "0");
}

}  // namespace
}  // namespace touchstone::userspace
