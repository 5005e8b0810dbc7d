// Processes, threads and their calls, as the broker sees them; no socket.
#include "daemon/broker.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <touchstone/lite_ipc_abi.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "daemon/broker_test_support.h"

namespace touchstone::daemon {
namespace {

using Message = touchstone_message64;
constexpr std::uint64_t argument_at = 0x10000000, message_at = 0x10001000, data_at = 0x10002000;

class BrokerTest : public AnsweredByBroker {
 protected:
  BrokerTest() : AnsweredByBroker({.tasks = 16, .processes = 6, .threads_per_process = 3}) {}
  std::optional<kernel::Address> take_posted(kernel::TaskId task) override {
    return posted_.erase(task) > 0 ? std::optional(argument_at) : std::nullopt;
  }

  kernel::TaskId join(pid_t pid, pid_t thread, std::uint32_t is_child = 0) {
    const liteipcd_hello hello{LITEIPCD_PROTOCOL_VERSION, 8, static_cast<std::uint32_t>(thread),
                               is_child, 0};
    const std::int64_t task = broker_.join({pid, 1000, 100}, hello);
    EXPECT_GE(task, 0);
    return static_cast<kernel::TaskId>(task);
  }

  // A process with a pool of 16 pages.
  kernel::TaskId arrive(pid_t pid) {
    const kernel::TaskId task = join(pid, pid);
    EXPECT_EQ(broker_.open(task), 0);
    UniqueFd file;
    const liteipcd_mmap request{65536, 0x70000000, TOUCHSTONE_PROT_READ, TOUCHSTONE_MAP_PRIVATE};
    EXPECT_EQ(broker_.mmap(task, request, file), 0);
    pools_[task] = std::move(file);
    return task;
  }

  std::optional<std::int64_t> set_cms(kernel::TaskId task) {
    return call(task, {TOUCHSTONE_IPC_SET_CMS, 1024, false, {}, {}});
  }

  std::optional<std::int64_t> exchange(kernel::TaskId task, std::uint32_t flag,
                                       Message message = {}, std::uint64_t free = 0,
                                       bool is_writable = true) {
    const touchstone_content64 content{flag, 0, message_at, 0, free};
    return call(task, {TOUCHSTONE_IPC_SEND_RECV_MSG_64,
                       argument_at,
                       is_writable,
                       {{argument_at, bytes_of(content)},
                        {message_at, bytes_of(message)},
                        {data_at, std::as_bytes(std::span(data_))}},
                       {}});
  }
  Message request_to_cms() {
    Message message{};
    message.data_size = static_cast<std::uint32_t>(data_.size());
    message.data = data_at;
    return message;
  }

  // The message that a receive has brought, read as its process reads it: from the sealed file.
  std::uint64_t address_received(kernel::TaskId task) {
    std::uint64_t address = 0;
    std::memcpy(&address, answers_.at(task).written.bytes.data(), sizeof address);
    return address;
  }
  Message received(kernel::TaskId task) {
    Message message{};
    const auto at = static_cast<off_t>(address_received(task) - 0x70000000);
    EXPECT_EQ(pread(pools_.at(task).get(), &message, sizeof message, at),
              static_cast<ssize_t>(sizeof message));
    return message;
  }

  // To the request that the server has received.
  std::optional<std::int64_t> reply(kernel::TaskId server, kernel::TaskId client) {
    Message reply = request_to_cms();
    reply.type = TOUCHSTONE_MT_REPLY;
    reply.target_handle = client;
    reply.timestamp = received(server).timestamp;
    return exchange(server, TOUCHSTONE_SEND | TOUCHSTONE_BUFF_FREE, reply,
                    address_received(server));
  }

  std::string data_ = "sixteen bytes ok";
  std::set<kernel::TaskId> posted_;  // tasks that have posted a receive
  std::map<kernel::TaskId, UniqueFd> pools_;
};

TEST_F(BrokerTest, CarriesARequestAndItsReply) {
  const kernel::TaskId server = arrive(100), client = arrive(200);
  ASSERT_EQ(set_cms(server), 0);
  EXPECT_EQ(exchange(server, TOUCHSTONE_RECV), std::nullopt);
  EXPECT_EQ(exchange(client, TOUCHSTONE_SEND | TOUCHSTONE_RECV, request_to_cms()), std::nullopt);

  ASSERT_EQ(value_of(server), 0);
  const Message request = received(server);
  EXPECT_EQ(request.user_id, 1000u);
  EXPECT_EQ(request.task_id, client);
  std::string data(request.data_size, ' ');
  const auto at = static_cast<off_t>(request.data - 0x70000000);
  ASSERT_EQ(pread(pools_.at(server).get(), data.data(), data.size(), at), 16);
  EXPECT_EQ(data, data_);

  EXPECT_EQ(reply(server, client), 0);
  EXPECT_EQ(value_of(client), 0);
  EXPECT_EQ(received(client).type, TOUCHSTONE_MT_REPLY);
}

TEST_F(BrokerTest, AnswersWithoutWhatAClientDidNotSend) {
  const kernel::TaskId task = arrive(100);
  ASSERT_EQ(set_cms(task), 0);
  EXPECT_EQ(call(task, {TOUCHSTONE_IPC_SEND_RECV_MSG_64, argument_at, true, {}, {}}), -EINVAL);
  const touchstone_content64 content{TOUCHSTONE_SEND, 0, message_at, 0, 0};
  const IoctlRequest without_message{
      TOUCHSTONE_IPC_SEND_RECV_MSG_64, argument_at, true, {{argument_at, bytes_of(content)}}, {}};
  EXPECT_EQ(call(task, without_message), -EINVAL);
  Message message = request_to_cms();
  message.data = 0x666000;
  EXPECT_EQ(exchange(task, TOUCHSTONE_SEND, message), -EFAULT);
}

TEST_F(BrokerTest, WritesNothingIntoAnArgumentThatCannotBeWritten) {
  const kernel::TaskId server = arrive(100), client = arrive(200);
  ASSERT_EQ(set_cms(server), 0);
  EXPECT_EQ(exchange(server, TOUCHSTONE_RECV, {}, 0, false), std::nullopt);
  EXPECT_EQ(exchange(client, TOUCHSTONE_SEND, request_to_cms()), 0);
  EXPECT_EQ(value_of(server), -EFAULT);
  EXPECT_EQ(exchange(server, TOUCHSTONE_RECV), 0);  // RCV-16: the message is there still
  EXPECT_EQ(call(client, {TOUCHSTONE_IPC_GET_VERSION, argument_at, false, {}, {}}), -EFAULT);
}

TEST_F(BrokerTest, KnowsAProcessByItsIdAndAThreadByItsNumber) {
  const kernel::TaskId main = arrive(100);
  const kernel::TaskId other = join(100, 101);
  EXPECT_NE(main, other);
  EXPECT_EQ(broker_.kernel().process_of(main), broker_.kernel().process_of(other));
  EXPECT_EQ(broker_.join({100, 1000, 100}, {LITEIPCD_PROTOCOL_VERSION, 8, 101, 0, 0}), -EEXIST);
  join(100, 102);
  EXPECT_EQ(broker_.join({100, 1000, 100}, {LITEIPCD_PROTOCOL_VERSION, 8, 103, 0, 0}),
            -EAGAIN);  // threads_per_process
}

TEST_F(BrokerTest, HasATaskForAMainThreadThatComesLate) {
  const kernel::TaskId other = join(100, 101);
  broker_.leave(other);
  const kernel::TaskId main = join(100, 100);
  EXPECT_TRUE(broker_.has(main));
  broker_.leave(main);  // LIF-8
  EXPECT_TRUE(broker_.processes().empty());
}

TEST_F(BrokerTest, GivesAChildTheOpenDeviceOfItsParent) {
  const kernel::TaskId stranger = join(100, 100), child = join(200, 200, 1);
  const IoctlRequest version{TOUCHSTONE_IPC_GET_VERSION, argument_at, true, {}, {}};
  EXPECT_EQ(call(stranger, version), -EINVAL);  // DEV-16
  EXPECT_EQ(call(child, version), -ENOMEM);     // DEV-17, LIF-5
}

TEST_F(BrokerTest, RefusesTheProcessThatIsOneTooMany) {
  for (pid_t pid = 100; pid < 104; ++pid) arrive(pid);
  EXPECT_EQ(broker_.join({200, 0, 0}, {LITEIPCD_PROTOCOL_VERSION, 8, 200, 0, 0}), -EAGAIN);
  broker_.end_process(101);
  arrive(200);
}

TEST_F(BrokerTest, KeepsNothingOfAProcessThatEnded) {
  const kernel::TaskId server = arrive(100), client = arrive(200);
  ASSERT_EQ(set_cms(server), 0);
  EXPECT_EQ(exchange(client, TOUCHSTONE_SEND | TOUCHSTONE_RECV, request_to_cms()), std::nullopt);
  EXPECT_TRUE(broker_.next_deadline());
  broker_.end_process(200);
  EXPECT_FALSE(broker_.has(client));
  EXPECT_FALSE(broker_.next_deadline());
  EXPECT_EQ(value_of(client), std::nullopt);
  broker_.end_process(100);
  EXPECT_TRUE(broker_.processes().empty());
  EXPECT_EQ(broker_.kernel().broken_invariant(), std::nullopt);
}

TEST_F(BrokerTest, KnowsWhenTheNextSleepIsOver) {
  const kernel::TaskId server = arrive(100), first = arrive(200), second = arrive(300);
  ASSERT_EQ(set_cms(server), 0);
  EXPECT_FALSE(broker_.next_deadline());
  exchange(first, TOUCHSTONE_SEND | TOUCHSTONE_RECV, request_to_cms());
  const std::uint64_t deadline = broker_.next_deadline().value();
  exchange(second, TOUCHSTONE_SEND | TOUCHSTONE_RECV, request_to_cms());
  EXPECT_EQ(broker_.next_deadline(), deadline);
  broker_.end_process(200);
  EXPECT_GT(broker_.next_deadline().value(), deadline);
}

// RCV-10: the first deadline is not the one that counts any more.
TEST_F(BrokerTest, FindsASleepThatBeganAnew) {
  const kernel::TaskId server = arrive(100), client = arrive(200);
  ASSERT_EQ(set_cms(server), 0);
  exchange(client, TOUCHSTONE_SEND | TOUCHSTONE_RECV, request_to_cms());
  const std::uint64_t deadline = broker_.next_deadline().value();
  Message to_client = request_to_cms();
  to_client.target_handle = client;
  const std::uint32_t content[3] = {TOUCHSTONE_CMS_ADD_ACCESS, server, client};
  ASSERT_EQ(
      call(server,
           {TOUCHSTONE_IPC_CMS_CMD, argument_at, true, {{argument_at, bytes_of(content)}}, {}}),
      0);
  EXPECT_EQ(exchange(server, TOUCHSTONE_SEND, to_client), 0);
  EXPECT_GT(broker_.next_deadline().value(), deadline);
}

TEST_F(BrokerTest, WouldWaitOnceItHasReceivedAndNothingIsThere) {
  const kernel::TaskId cms = arrive(100), client = arrive(200);
  EXPECT_FALSE(broker_.would_wait(cms));
  EXPECT_EQ(set_cms(cms), 0);
  EXPECT_FALSE(broker_.would_wait(client));  // it has never received
  EXPECT_EQ(exchange(client, TOUCHSTONE_SEND, request_to_cms()), 0);
  EXPECT_FALSE(broker_.would_wait(cms));
  EXPECT_EQ(exchange(cms, TOUCHSTONE_RECV), 0);
  EXPECT_TRUE(broker_.would_wait(cms));
}

TEST_F(BrokerTest, MakesAPostedReceiveWhenSomethingComes) {
  const kernel::TaskId cms = arrive(100), client = arrive(200);
  EXPECT_EQ(set_cms(cms), 0);
  answers_.clear();
  posted_ = {cms};
  EXPECT_EQ(exchange(client, TOUCHSTONE_SEND, request_to_cms()), 0);
  EXPECT_EQ(value_of(cms), 0);
  EXPECT_EQ(received(cms).data_size, data_.size());
  answers_.erase(cms);
  EXPECT_EQ(exchange(client, TOUCHSTONE_SEND, request_to_cms()), 0);
  EXPECT_EQ(value_of(cms), std::nullopt);  // it had posted one
  EXPECT_FALSE(broker_.kernel().sleeps(cms));
}

// A late reply is thrown away by a plain receive and does not end it (RCV-4).
TEST_F(BrokerTest, LetsAPostedReceiveWaitOnWhereNothingIsLeft) {
  const kernel::TaskId server = arrive(100), client = arrive(200);
  EXPECT_EQ(set_cms(server), 0);
  EXPECT_EQ(exchange(client, TOUCHSTONE_SEND, request_to_cms()), 0);
  EXPECT_EQ(exchange(server, TOUCHSTONE_RECV), 0);
  answers_.erase(client);
  posted_ = {client};
  EXPECT_EQ(reply(server, client), 0);
  EXPECT_EQ(value_of(client), std::nullopt);
  EXPECT_TRUE(broker_.kernel().sleeps(client));
}

}  // namespace
}  // namespace touchstone::daemon
