// The library on the reference kernel, end to end: processes that call each other, and die.
#include "reference/userspace/kernel_driver.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <utility>
#include <vector>

#include "reference/userspace/client.h"

namespace touchstone::dispatch {
namespace {

constexpr std::uint64_t second = 1000000000;

struct Process {
  Process(Machine& machine, std::uint32_t user)
      : ids(*machine.kernel().spawn(user, user)), driver(machine, ids.process), client(driver) {}

  Thread thread() const { return ids.task; }
  Step step() { return client.step(*client.callback_thread()); }

  kernel::Spawned ids;
  KernelDriver driver;
  Client client;
};

std::vector<std::byte> words(std::initializer_list<std::uint32_t> values) {
  std::vector<std::byte> bytes(values.size() * 4);
  std::size_t at = 0;
  for (const std::uint32_t value : values) kernel::store32(bytes, std::exchange(at, at + 4), value);
  return bytes;
}

// A manager, a service with one callback that waits, and a caller who may call it.
class KernelDriverTest : public testing::TestWithParam<kernel::DataModel> {
 protected:
  void SetUp() override {
    ASSERT_TRUE(manager_.client.set_sa_manager(manager_.thread(), 256));
    const auto identity =
        service_.client.register_callback(service_.thread(), {.function = Function{1, 0}});
    ASSERT_TRUE(identity);
    identity_ = *identity;
    ASSERT_EQ(service_.step().kind, Step::Kind::sleeps);
    ASSERT_TRUE(caller_.client.open(caller_.thread(), 4096));
    const auto handle =
        manager_.client.gen_service_handle(manager_.thread(), identity_.handle, true);
    ASSERT_EQ(handle, identity_.handle);
    ASSERT_TRUE(manager_.client.add_service_access(manager_.thread(), caller_.thread(), *handle));
  }

  void TearDown() override {
    const auto broken = machine_.kernel().broken_invariant();
    EXPECT_FALSE(broken) << *broken;
  }

  Sent call(std::uint32_t token, std::uint32_t flag = 0) {
    const std::vector<std::byte> data = words({7, 8});
    const Parcel parcel{.data = data};
    return caller_.client.send_request(
        caller_.thread(), {.target = {identity_.handle, token, 5}, .code = 11, .flag = flag},
        &parcel);
  }

  Machine machine_{GetParam()};
  Process manager_{machine_, 0};
  Process service_{machine_, 7};
  Process caller_{machine_, 1000};
  Identity identity_;
};

TEST_P(KernelDriverTest, ARequestReachesItsCallbackAndItsReplyTheCaller) {
  EXPECT_TRUE(call(identity_.token).sleeps);
  const Step step = service_.step();
  ASSERT_TRUE(step.run);
  const Incoming& request = step.run->message;
  EXPECT_EQ(request.data, words({7, 8}));
  EXPECT_EQ(request.fields.code, 11u);
  EXPECT_EQ(request.fields.target.cookie, 5u);
  EXPECT_EQ(request.task_id, caller_.thread());
  EXPECT_EQ(request.user_id, 1000u);

  const std::vector<std::byte> data = words({42});
  const Parcel parcel{.data = data};
  EXPECT_TRUE(service_.client.send_reply(step.run->thread, &request, &parcel).reply);
  EXPECT_FALSE(service_.client.handler_returned(step.run->id));
  const Sent answered = caller_.client.resume(caller_.thread());
  ASSERT_TRUE(answered.reply && *answered.reply);
  EXPECT_EQ((*answered.reply)->data, words({42}));
  EXPECT_TRUE(caller_.client.free_buffer(caller_.thread(), (*answered.reply)->buffer));
  EXPECT_EQ(service_.step().kind, Step::Kind::sleeps);
}

TEST_P(KernelDriverTest, ACallThatNobodyAnswersTimesOut) {
  EXPECT_TRUE(call(identity_.token).sleeps);
  machine_.advance(5 * second - 1000);
  EXPECT_TRUE(caller_.client.resume(caller_.thread()).sleeps);
  machine_.advance(2000);
  EXPECT_EQ(caller_.client.resume(caller_.thread()).reply.error(), Error::bad_descriptor);
}

TEST_P(KernelDriverTest, ACallForNobodyIsAnsweredWithAFailedReply) {
  EXPECT_TRUE(call(identity_.token + 1).sleeps);
  const Step step = service_.step();
  EXPECT_EQ(step.kind, Step::Kind::took_message);
  EXPECT_FALSE(step.run);
  EXPECT_EQ(caller_.client.resume(caller_.thread()).reply.error(), Error::not_found);
}

TEST_P(KernelDriverTest, AOneWayRequestTakesNoReplyAndIsGoneAfterIt) {
  EXPECT_FALSE(call(identity_.token, 1).sleeps);
  const Step step = service_.step();
  ASSERT_TRUE(step.run);
  const Incoming& request = step.run->message;
  const Sent reply = service_.client.send_reply(step.run->thread, &request, nullptr);
  EXPECT_EQ(reply.reply.error(), Error::bad_descriptor);
  const auto freed = service_.client.free_buffer(step.run->thread, request.buffer);
  EXPECT_EQ(freed.error(), Error::bad_descriptor);
}

TEST_P(KernelDriverTest, ACallerWithoutAccessIsRefused) {
  Process stranger(machine_, 1001);
  const Sent sent = stranger.client.send_request(
      stranger.thread(), {.target = {identity_.handle, identity_.token, 0}}, nullptr);
  EXPECT_EQ(sent.reply.error(), Error::bad_descriptor);
}

TEST_P(KernelDriverTest, TheEndOfAServiceCallsTheDeathCallbacksOnce) {
  const std::uint32_t handle = identity_.handle;
  const auto id = caller_.client.register_death(caller_.thread(), handle, Function{2, 3}, true);
  EXPECT_EQ(id, 0u);
  EXPECT_EQ(caller_.step().kind, Step::Kind::sleeps);
  machine_.kernel().exit_process(service_.ids.process);

  const Step step = caller_.step();
  ASSERT_TRUE(step.run);
  EXPECT_EQ(step.run->function.argument, 3u);
  EXPECT_EQ(step.run->message.fields.target.token, handle);
  EXPECT_EQ(step.run->message.task_id, handle);
  EXPECT_TRUE(caller_.client.free_buffer(step.run->thread, step.run->message.buffer));
  EXPECT_FALSE(caller_.client.handler_returned(step.run->id));
  EXPECT_EQ(caller_.step().kind, Step::Kind::sleeps);
  const auto buffer = step.run->message.buffer;
  const auto freed = caller_.client.free_buffer(caller_.thread(), buffer);
  EXPECT_EQ(freed.error(), Error::bad_descriptor) << "the notice was given back";
}

TEST_P(KernelDriverTest, WithoutAManagerThereIsNoCallbackThread) {
  Machine machine(GetParam());
  Process alone(machine, 1);
  const auto identity =
      alone.client.register_callback(alone.thread(), {.function = Function{1, 0}});
  EXPECT_EQ(identity.error(), Error::internal);
  EXPECT_FALSE(alone.client.callback_thread());
}

TEST_P(KernelDriverTest, AProcessThatIsResetWithoutForkHasItsIpcThreadAlready) {
  service_.client.reset();
  const auto identity =
      service_.client.register_callback(service_.thread(), {.function = Function{1, 0}});
  EXPECT_EQ(identity.error(), Error::internal);
}

TEST_P(KernelDriverTest, AForkedChildMapsAPoolAndServesWithACallbackThreadOfItsOwn) {
  const auto forked = machine_.kernel().fork(service_.thread());
  ASSERT_TRUE(forked);
  KernelDriver driver(machine_, forked->process);
  Client child(driver);
  const auto identity = child.register_callback(forked->task, {.function = Function{1, 0}});
  ASSERT_TRUE(identity);
  EXPECT_NE(identity->handle, identity_.handle);
  EXPECT_EQ(child.step(*child.callback_thread()).kind, Step::Kind::sleeps);
}

TEST_P(KernelDriverTest, ALoopServesTheThreadThatItWasCalledIn) {
  const auto handle =
      manager_.client.gen_service_handle(manager_.thread(), service_.thread(), true);
  ASSERT_TRUE(service_.client.start_loop(service_.thread(), Function{4, 0}, 9));
  EXPECT_EQ(service_.client.step(service_.thread()).kind, Step::Kind::sleeps);
  const auto given =
      manager_.client.add_service_access(manager_.thread(), caller_.thread(), *handle);
  ASSERT_TRUE(given);
  const Sent sent = caller_.client.send_request(caller_.thread(),
                                                {.target = {*handle, 1, 0}, .flag = 1}, nullptr);
  EXPECT_TRUE(sent.reply);
  const Step step = service_.client.step(service_.thread());
  ASSERT_TRUE(step.run);
  EXPECT_EQ(step.run->context, 9u);
  EXPECT_EQ(step.run->thread, service_.thread());
}

INSTANTIATE_TEST_SUITE_P(InBothDataModels, KernelDriverTest,
                         testing::Values(kernel::DataModel::ilp32, kernel::DataModel::lp64));

}  // namespace
}  // namespace touchstone::dispatch
