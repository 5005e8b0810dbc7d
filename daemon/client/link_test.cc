// One connection: what goes to the daemon for a call, and what its answers do.
#include "daemon/client/link.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <iterator>
#include <numeric>

#include "daemon/client/testing/messages.h"
#include "daemon/client/testing/peer.h"

namespace touchstone::client {
namespace {

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

std::uint64_t file_number(int file) {
  struct stat about{};
  return fstat(file, &about) == 0 ? about.st_ino : 0;
}

// Files that differ.
class Files {
 public:
  explicit Files(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      all.push_back(memfd_create("file", MFD_CLOEXEC));
    }
  }
  ~Files() { std::ranges::for_each(all, close); }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;

  std::vector<int> all;
};

class Link : public testing::Test {
 protected:
  std::int64_t call(std::uint32_t command, std::uintptr_t argument) {
    return lite_ipc_link_ioctl(peer_.link(), {0, 0}, command, argument,
                               address_of(__builtin_frame_address(0)));
  }
  std::int64_t call(const Send& send) {
    return call(LITE_IPC_SEND_RECEIVE, address_of(&send.content));
  }
  // What goes for the call; the answer is `value`.
  Call request_of(const Send& send, std::int64_t value = 0) {
    peer_.answer_value(LITEIPCD_IOCTL, value);
    EXPECT_EQ(call(send), value);
    request_ = peer_.take();
    EXPECT_EQ(request_.operation, LITEIPCD_IOCTL);
    Call taken_apart(request_);
    EXPECT_TRUE(taken_apart.is_whole);
    return taken_apart;
  }
  void expect_broken(std::int64_t value) {
    EXPECT_EQ(value, -ENODEV);
    EXPECT_TRUE(peer_.link()->is_broken);
  }

  Peer peer_;
  Request request_;
};

TEST_F(Link, SendsASmallCallInOnePacket) {
  const Send send(Bytes(64, std::byte{5}));
  const Call sent = request_of(send, 3);
  EXPECT_EQ(request_.packets, 1u);
  ASSERT_EQ(sent.segments.size(), 3u);
  EXPECT_EQ(sent.segments[2].address, address_of(send.data.data()));
  EXPECT_EQ(sent.segments[2].bytes, send.data);
  EXPECT_EQ(std::memcmp(sent.segments[1].bytes.data(), &send.message, sizeof send.message), 0);
}

TEST_F(Link, LeavesOutDataThatCannotBeRead) {
  const GuardedPage page;
  Send send(Bytes(64));
  for (std::byte* const bad : {page.end(), page.end() - 63}) {
    send.message.data = word_of(bad);
    EXPECT_EQ(request_of(send, -EFAULT).segments.size(), 2u);
  }
  send.message.data = UINTPTR_MAX - 4095;
  EXPECT_EQ(request_of(send, -EFAULT).segments.size(), 2u);
}

TEST_F(Link, LeavesOutTheBuffersThatCannotBeRead) {
  const GuardedPage page;
  const Bytes good(5000, std::byte{1});
  const Call sent =
      request_of(Send({buffer_object(good.data(), 5000), buffer_object(page.end() - 1, 2),
                       buffer_object(page.end() - 1, 1)}));
  ASSERT_EQ(sent.segments.size(), 6u);
  EXPECT_EQ(sent.segments[4].bytes, good);
  EXPECT_EQ(sent.segments[5].address, address_of(page.end()) - 1);
}

TEST_F(Link, SendsTheGreatestCallInSeveralPackets) {
  Bytes buffer(TOUCHSTONE_POOL_BYTES_MAX);
  for (std::size_t i = 0; i < buffer.size(); ++i) buffer[i] = static_cast<std::byte>(i * 7 >> 3);
  std::vector<lite_ipc_object> objects;
  const std::uint32_t share = TOUCHSTONE_POOL_BYTES_MAX / LITE_IPC_OBJECTS_MAX;
  for (std::uint32_t i = 0; i < LITE_IPC_OBJECTS_MAX; ++i) {
    objects.push_back(buffer_object(buffer.data() + i * share, share));
  }
  const Call sent = request_of(Send(objects));
  EXPECT_EQ(request_.packets, 3u);
  ASSERT_EQ(sent.segments.size(), 4u + objects.size());
  for (std::uint32_t i = 0; i < objects.size(); ++i) {
    const std::byte* const from = &buffer[i * share];
    EXPECT_TRUE(std::equal(from, from + share, sent.segments[4 + i].bytes.begin()));
  }
}

TEST_F(Link, SendsTheDescriptorsOfAMessage) {
  const Files files(2);
  const Call sent = request_of(Send({descriptor_object(static_cast<std::uint32_t>(files.all[1])),
                                     descriptor_object(static_cast<std::uint32_t>(files.all[0]))}));
  ASSERT_EQ(request_.files.size(), 2u);
  EXPECT_EQ(sent.numbers[0], static_cast<std::uint32_t>(files.all[1]));
  EXPECT_EQ(file_number(request_.files[0]), file_number(files.all[1]));
  EXPECT_EQ(file_number(request_.files[1]), file_number(files.all[0]));
  std::ranges::for_each(request_.files, close);
}

TEST_F(Link, SendsManyDescriptorsInSeveralPackets) {
  const Files files(LITE_IPC_OBJECTS_MAX);
  std::vector<lite_ipc_object> objects;
  for (const int file : files.all) {
    objects.push_back(descriptor_object(static_cast<std::uint32_t>(file)));
  }
  const std::size_t before = open_descriptors();
  const Call sent = request_of(Send(objects));
  EXPECT_EQ(request_.packets, 2u);
  ASSERT_EQ(request_.files.size(), files.all.size());
  for (std::size_t i = 0; i < files.all.size(); ++i) {
    EXPECT_EQ(sent.numbers[i], static_cast<std::uint32_t>(files.all[i]));
    EXPECT_EQ(file_number(request_.files[i]), file_number(files.all[i]));
  }
  std::ranges::for_each(request_.files, close);
  EXPECT_EQ(open_descriptors(), before);
}

TEST_F(Link, SendsNoDescriptorFromTheFirstThatIsNotOpenOn) {
  const Files files(1);
  const auto number = static_cast<std::uint32_t>(files.all[0]);
  const Call sent = request_of(
      Send({descriptor_object(number), descriptor_object(400), descriptor_object(1)}), -EBADF);
  EXPECT_EQ(sent.numbers, std::vector<std::uint32_t>{number});
  ASSERT_EQ(request_.files.size(), 1u);
  close(request_.files[0]);

  std::vector<lite_ipc_object> many;
  for (std::uint32_t i = 0; i < 251; ++i) many.push_back(descriptor_object(i < 3 ? i : 300 + i));
  EXPECT_EQ(request_of(Send(many), -EBADF).numbers, (std::vector<std::uint32_t>{0, 1, 2}));
  std::ranges::for_each(request_.files, close);
}

TEST_F(Link, WritesWhatTheCallWrites) {
  GuardedPage page;
  std::uint32_t version = 0;
  liteipcd_answer answer{};
  answer.write_address = address_of(&version);
  answer.write_bytes = 4;
  answer.written[0] = 2;
  peer_.answer(LITEIPCD_IOCTL, answer);
  EXPECT_EQ(call(TOUCHSTONE_IPC_GET_VERSION, address_of(&version)), 0);
  EXPECT_EQ(version, 2u);
  for (std::byte* const at : {page.end() - 4, page.end() - 3}) {
    answer.write_address = address_of(at);
    peer_.answer(LITEIPCD_IOCTL, answer);
    const std::int64_t value = call(TOUCHSTONE_IPC_GET_VERSION, address_of(at));
    EXPECT_EQ(value, at == page.end() - 4 ? 0 : -EFAULT);
  }
  EXPECT_EQ(page.end()[-4], std::byte{2});
}

TEST_F(Link, IsBrokenByAWriteOutsideTheArgument) {
  lite_ipc_content content{};
  liteipcd_answer answer{};
  for (const std::uintptr_t offset : {std::uintptr_t{0} - 1, sizeof content - 3, sizeof content}) {
    Peer peer;
    answer.write_address = address_of(&content) + offset;
    answer.write_bytes = 4;
    peer.answer(LITEIPCD_IOCTL, answer);
    EXPECT_EQ(lite_ipc_link_ioctl(peer.link(), {0, 0}, 1, address_of(&content), 0), -ENODEV);
  }
}

TEST_F(Link, PutsDescriptorsInTheLowestFreePlaces) {
  const Files files(2);
  const int lowest = fcntl(0, F_DUPFD, 3);
  close(lowest);
  const std::array<std::uint32_t, 2> places{100, 200};
  std::uint64_t argument = 0;
  liteipcd_answer answer{};
  answer.descriptor_count = 2;
  answer.write_address = address_of(&argument);
  answer.write_bytes = 1;
  answer.written[0] = 7;
  peer_.answer(LITEIPCD_IOCTL, answer, files.all, places);
  peer_.answer_value(LITEIPCD_PLACED, 0);
  EXPECT_EQ(call(LITE_IPC_SEND_RECEIVE, address_of(&argument)), 0);
  EXPECT_EQ(argument, 7u);
  peer_.take();
  const Request placed = peer_.take();
  EXPECT_EQ(placed.operation, LITEIPCD_PLACED);
  std::array<std::uint32_t, 3> said{};
  ASSERT_EQ(placed.body.size(), sizeof said);
  std::memcpy(said.data(), placed.body.data(), sizeof said);
  EXPECT_EQ(said[0], 2u);
  EXPECT_EQ(said[1], static_cast<std::uint32_t>(lowest));
  for (std::size_t i = 0; i < 2; ++i) {
    const auto number = static_cast<int>(said[1 + i]);
    EXPECT_EQ(file_number(number), file_number(files.all[i]));
    EXPECT_EQ(fcntl(number, F_GETFD), 0);
    close(number);
  }
}

TEST_F(Link, GivesDescriptorsNoNumberBelowThree) {
  const Files files(2);
  const int kept = fcntl(0, F_DUPFD_CLOEXEC, 100);
  const std::array<std::uint32_t, 2> places{100, 200};
  liteipcd_answer answer{};
  answer.descriptor_count = 2;
  peer_.answer(LITEIPCD_IOCTL, answer, files.all, places);
  peer_.answer_value(LITEIPCD_PLACED, 0);
  const int lowest = fcntl(0, F_DUPFD, 3);
  close(lowest);
  close(0);
  EXPECT_EQ(call(LITE_IPC_SEND_RECEIVE, 0), 0);
  EXPECT_EQ(fcntl(0, F_GETFD), -1);
  EXPECT_EQ(file_number(lowest), file_number(files.all[0]));
  dup2(kept, 0);
  close(kept);
  peer_.take();
  std::array<std::uint32_t, 3> said{};
  std::memcpy(said.data(), peer_.take().body.data(), sizeof said);
  EXPECT_EQ(said[1], static_cast<std::uint32_t>(lowest));
  EXPECT_EQ(file_number(static_cast<int>(said[2])), file_number(files.all[1]));
  close(static_cast<int>(said[1]));
  close(static_cast<int>(said[2]));
}

TEST_F(Link, SaysWhichDescriptorsHadNoPlace) {
  const Files files(3);
  const std::array<std::uint32_t, 3> places{};
  liteipcd_answer answer{};
  answer.descriptor_count = 3;
  peer_.answer(LITEIPCD_IOCTL, answer, files.all, places);
  peer_.answer_value(LITEIPCD_PLACED, 0);
  const int lowest = fcntl(0, F_DUPFD, 3);
  close(lowest);
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const rlimit tight{static_cast<rlim_t>(lowest) + 1, limit.rlim_max};
  lite_ipc_link* const link = peer_.link();
  setrlimit(RLIMIT_NOFILE, &tight);  // sanitizers need descriptors too
  const std::int64_t value = lite_ipc_link_ioctl(link, {0, 0}, LITE_IPC_SEND_RECEIVE, 0, 0);
  setrlimit(RLIMIT_NOFILE, &limit);
  EXPECT_EQ(value, 0);
  peer_.take();
  std::array<std::uint32_t, 4> said{};
  std::memcpy(said.data(), peer_.take().body.data(), sizeof said);
  EXPECT_EQ(said[1], static_cast<std::uint32_t>(lowest));
  EXPECT_EQ(said[2], LITEIPCD_NO_PLACE);
  EXPECT_EQ(said[3], LITEIPCD_NO_PLACE);
  close(lowest);
}

TEST_F(Link, GivesThePoolThatTheDaemonGrants) {
  const Files files(1);
  const liteipcd_mmap request{4096, 0, TOUCHSTONE_PROT_READ, TOUCHSTONE_MAP_PRIVATE};
  liteipcd_answer answer{};
  answer.descriptor_count = 1;
  peer_.answer(LITEIPCD_MMAP, answer, files.all);
  int pool = -1;
  EXPECT_EQ(lite_ipc_link_mmap(peer_.link(), &request, &pool), 0);
  EXPECT_EQ(file_number(pool), file_number(files.all[0]));
  EXPECT_EQ(fcntl(pool, F_GETFD), FD_CLOEXEC);
  close(pool);
  peer_.answer_value(LITEIPCD_MMAP, -EEXIST);
  EXPECT_EQ(lite_ipc_link_mmap(peer_.link(), &request, &pool), -EEXIST);
}

TEST_F(Link, WaitsOnWhenSignalsCome) {
  static volatile std::sig_atomic_t signals = 0;
  struct sigaction action{};
  struct sigaction before{};
  action.sa_handler = [](int) { signals = signals + 1; };
  sigaction(SIGUSR1, &action, &before);
  const pid_t child = fork();
  if (child == 0) {  // answers once its signals have found the caller waiting
    while (peer_.take().operation == 0) sched_yield();
    for (int i = 0; i < 5; ++i) kill(getppid(), SIGUSR1);
    peer_.answer_value(LITEIPCD_IOCTL, 5);
    _exit(0);
  }
  EXPECT_EQ(call(LITE_IPC_SEND_RECEIVE, 0), 5);
  EXPECT_GT(signals, 0);
  int status = 0;
  waitpid(child, &status, 0);
  sigaction(SIGUSR1, &before, nullptr);
}

// --- daemons that have gone, or say what they must not ---

TEST_F(Link, IsBrokenOnceTheDaemonHasGone) {
  peer_.hang_up();
  expect_broken(call(LITE_IPC_SEND_RECEIVE, 0));
}

TEST_F(Link, IsBrokenByAnAnswerThatIsNone) {
  const liteipcd_answer answer{};
  const auto packet = [](std::uint32_t operation, std::uint32_t bytes, std::uint32_t offset,
                         std::size_t length, std::uint32_t files = 0) {
    Bytes made;
    append(made, liteipcd_packet{operation, bytes, offset, files});
    made.resize(length);
    return made;
  };
  constexpr std::size_t head = sizeof(liteipcd_packet);
  const std::vector<Bytes> answers{
      packet(LITEIPCD_MMAP, sizeof answer, 0, head + sizeof answer),
      packet(LITEIPCD_IOCTL, sizeof answer, 4, head + sizeof answer),
      packet(LITEIPCD_IOCTL, sizeof answer, 0, head + sizeof answer + 1),
      packet(LITEIPCD_IOCTL, sizeof answer - 1, 0, head + sizeof answer - 1),
      packet(LITEIPCD_IOCTL, sizeof answer, 0, head),
      packet(LITEIPCD_IOCTL, sizeof answer, 0, head - 1),
      packet(LITEIPCD_IOCTL, 0xffffffff, 0, head + sizeof answer),
      packet(LITEIPCD_IOCTL, sizeof answer, 0, head + sizeof answer, 1),
      packet(LITEIPCD_IOCTL, sizeof answer, 0, head + sizeof answer, 0xffffffff),
      packet(LITEIPCD_IOCTL, sizeof answer + 4, 0, head + sizeof answer + 4),
      packet(LITEIPCD_IOCTL, sizeof answer + 1, 0, head + sizeof answer + 1)};
  for (const Bytes& bad : answers) {
    Peer peer;
    peer.put(bad);
    EXPECT_EQ(lite_ipc_link_ioctl(peer.link(), {0, 0}, 1, 0, 0), -ENODEV);
    EXPECT_TRUE(peer.link()->is_broken);
  }
}

TEST_F(Link, IsBrokenByValuesOutOfRange) {
  for (const std::int64_t value : {INT64_MIN, std::int64_t{-4096}, INT64_MAX}) {
    Peer peer;
    peer.answer_value(LITEIPCD_IOCTL, value);
    EXPECT_EQ(lite_ipc_link_ioctl(peer.link(), {0, 0}, 1, 0, 0), -ENODEV);
  }
  liteipcd_answer answer{};
  answer.write_bytes = 13;
  peer_.answer(LITEIPCD_IOCTL, answer);
  expect_broken(call(LITE_IPC_SEND_RECEIVE, 0));
}

TEST_F(Link, KeepsNoDescriptorThatNobodyAskedFor) {
  const Files files(3);
  const std::size_t before = open_descriptors();
  peer_.answer(LITEIPCD_OPEN, {}, files.all);
  expect_broken(lite_ipc_link_open(peer_.link()));
  Peer other;
  liteipcd_answer answer{};
  answer.descriptor_count = 3;
  other.answer(LITEIPCD_MMAP, answer, files.all);
  const liteipcd_mmap request{};
  int pool = -1;
  EXPECT_EQ(lite_ipc_link_mmap(other.link(), &request, &pool), -ENODEV);
  EXPECT_EQ(open_descriptors(), before + 2);
}

}  // namespace
}  // namespace touchstone::client
