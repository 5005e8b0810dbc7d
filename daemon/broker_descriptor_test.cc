// Descriptors on their way from one process to another.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <touchstone/lite_ipc_abi.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "daemon/broker_test_support.h"

namespace touchstone::daemon {
namespace {

constexpr std::uint64_t pool_at = 0x70000000, argument_at = 0x10000000, message_at = 0x10001000,
                        data_at = 0x10002000, offsets_at = 0x10003000;

std::size_t open_files() {
  const auto files = std::filesystem::directory_iterator("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

ino_t file_behind(int descriptor) {
  struct stat about{};
  EXPECT_EQ(fstat(descriptor, &about), 0);
  return about.st_ino;
}

class BrokerDescriptors : public AnsweredByBroker {
 protected:
  BrokerDescriptors() : AnsweredByBroker({.descriptors_per_process = 4}) {
    files_.push_back(std::make_shared<UniqueFd>(memfd_create("one", 0)));
    files_.push_back(std::make_shared<UniqueFd>(memfd_create("two", 0)));
  }

  kernel::TaskId arrive(pid_t pid) {
    const auto task = static_cast<kernel::TaskId>(
        broker_.join({pid, 0, 0}, {1, 8, static_cast<std::uint32_t>(pid), 0, 0}));
    EXPECT_EQ(broker_.open(task), 0);
    EXPECT_EQ(broker_.mmap(task, {65536, pool_at, 1, 2}, pools_[task]), 0);
    return task;
  }

  // A oneway request to the CMS with an object for each number; the client has 7 and 8.
  std::int64_t send(kernel::TaskId task, const std::vector<std::uint32_t>& numbers) {
    std::vector<touchstone_object64> objects;
    std::vector<std::uint32_t> offsets;
    for (const std::uint32_t number : numbers) {
      offsets.push_back(static_cast<std::uint32_t>(objects.size() * sizeof objects[0]));
      objects.push_back({TOUCHSTONE_OBJ_FD, 0, {.fd = number}, {}});
    }
    touchstone_message64 message{};
    message.flag = TOUCHSTONE_FLAG_ONEWAY;
    message.data_size = static_cast<std::uint32_t>(objects.size() * sizeof objects[0]);
    message.data = data_at;
    message.object_count = static_cast<std::uint32_t>(objects.size());
    message.offsets = offsets_at;
    const touchstone_content64 content{TOUCHSTONE_SEND, 0, message_at, 0, 0};
    broker_.ioctl(task,
                  {TOUCHSTONE_IPC_SEND_RECV_MSG_64,
                   argument_at,
                   true,
                   {{argument_at, bytes_of(content)},
                    {message_at, bytes_of(message)},
                    {data_at, std::as_bytes(std::span(objects))},
                    {offsets_at, std::as_bytes(std::span(offsets))}},
                   {7, 8}},
                  files_);
    return answers_.at(task).value;
  }
  CallAnswer& receive(kernel::TaskId task) {
    const touchstone_content64 content{TOUCHSTONE_RECV, 0, 0, 0, 0};
    broker_.ioctl(task,
                  {TOUCHSTONE_IPC_SEND_RECV_MSG_64,
                   argument_at,
                   true,
                   {{argument_at, bytes_of(content)}},
                   {}},
                  {});
    return answers_.at(task);
  }

  std::vector<SharedFd> files_;
  std::map<kernel::TaskId, UniqueFd> pools_;
  const kernel::TaskId server_ = arrive(100), client_ = arrive(200);

  void SetUp() override {
    broker_.ioctl(server_, {TOUCHSTONE_IPC_SET_CMS, 65536, false, {}, {}}, {});
    ASSERT_EQ(answers_.at(server_).value, 0);
  }
};

TEST_F(BrokerDescriptors, ComeWithTheMessageAndAreNumberedByTheReceiver) {
  ASSERT_EQ(send(client_, {8, 7, 8}), 0);
  CallAnswer& answer = receive(server_);
  ASSERT_EQ(answer.value, 0);
  ASSERT_EQ(answer.files.size(), 3u);
  EXPECT_EQ(file_behind(answer.files[0]->get()), file_behind(files_[1]->get()));
  EXPECT_EQ(file_behind(answer.files[1]->get()), file_behind(files_[0]->get()));
  EXPECT_EQ(broker_.world().file_count(), 0u);

  const std::vector<std::uint32_t> numbers{3, 4, 9};
  broker_.place(server_, answer.message, answer.places, numbers);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    std::uint32_t number = 0;
    const auto at = static_cast<off_t>(answer.message + answer.places[i]);
    ASSERT_EQ(pread(pools_.at(server_).get(), &number, sizeof number, at), 4);
    EXPECT_EQ(number, numbers[i]);
  }
}

TEST_F(BrokerDescriptors, AreRefusedWhereTheSenderHasNone) {
  const std::size_t before = open_files();
  EXPECT_EQ(send(client_, {7, 6}), -EBADF);
  EXPECT_EQ(broker_.world().file_count(), 0u);
  EXPECT_EQ(open_files(), before);
}

TEST_F(BrokerDescriptors, AreClosedWithAMessageThatNobodyGets) {
  const std::size_t before = open_files();
  ASSERT_EQ(send(client_, {7, 8}), 0);
  files_.clear();
  EXPECT_EQ(open_files(), before);
  pools_.erase(server_);
  broker_.end_process(100);
  EXPECT_EQ(broker_.world().file_count(), 0u);
  EXPECT_EQ(open_files(), before - 3);  // and the pool's
}

TEST_F(BrokerDescriptors, AreTooManyForWhoHasSentTheMostOfThem) {
  ASSERT_EQ(send(client_, {7, 8, 7, 8}), 0);
  EXPECT_EQ(send(client_, {7}), -ENOMEM);
  const kernel::TaskId other = arrive(300);
  EXPECT_EQ(send(other, {7}), 0);
  receive(server_);
  EXPECT_EQ(send(client_, {7}), 0);
}

TEST_F(BrokerDescriptors, AreNotPlacedInAMessageThatWasGivenBack) {
  ASSERT_EQ(send(client_, {7}), 0);
  CallAnswer answer = std::move(receive(server_));
  broker_.end_process(100);
  const std::uint32_t number = 3;
  broker_.place(server_, answer.message, answer.places, std::span(&number, 1));
  EXPECT_EQ(broker_.kernel().broken_invariant(), std::nullopt);
}

TEST(PoolFile, CanBeReadAndNeitherWrittenNorResized) {
  DaemonWorld world(kernel::abi_of(kernel::DataModel::lp64));
  const kernel::PoolMemory memory = world.map_pool(2, 8192);
  ASSERT_TRUE(memory.bytes);
  const UniqueFd file = world.take_pool_file();
  memory.bytes[100] = std::byte{42};
  char byte = 0;
  ASSERT_EQ(pread(file.get(), &byte, 1, 100), 1);
  EXPECT_EQ(byte, 42);
  EXPECT_EQ(mmap(nullptr, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0), MAP_FAILED);
  EXPECT_EQ(pwrite(file.get(), &byte, 1, 0), -1);
  EXPECT_EQ(ftruncate(file.get(), 0), -1);
  void* const shared = mmap(nullptr, 8192, PROT_READ, MAP_SHARED, file.get(), 0);
  ASSERT_NE(shared, MAP_FAILED);
  EXPECT_EQ(mprotect(shared, 8192, PROT_READ | PROT_WRITE), -1);
  munmap(shared, 8192);
}

}  // namespace
}  // namespace touchstone::daemon
