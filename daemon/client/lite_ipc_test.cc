// The library against the daemon itself: descriptors, errno, threads, forks, restarts.
#include "daemon/client/lite_ipc.h"

#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstring>
#include <thread>

#include "daemon/client/descriptor.h"
#include "daemon/client/own_memory.h"
#include "daemon/client/testing/messages.h"
#include "daemon/client/testing/programs.h"

namespace touchstone::client {
namespace {

int ioctl_at(int device, std::uint32_t command, const void* argument) {
  return lite_ipc_ioctl(device, command, address_of(argument));
}
int exchange(int device, const lite_ipc_content& content) {
  return ioctl_at(device, LITE_IPC_SEND_RECEIVE, &content);
}

// The errno that a call gives; 0 where it does not fail.
template <typename Value>
int errno_of(Value value) {
  return value == static_cast<Value>(-1) ? errno : 0;
}

void* map_pool(int device, std::size_t bytes = 65536, int protection = PROT_READ,
               int flags = MAP_PRIVATE) {
  return lite_ipc_mmap(nullptr, bytes, protection, flags, device, 0);
}
int mmap_errno(int device, std::size_t bytes, int protection, int flags) {
  return map_pool(device, bytes, protection, flags) == MAP_FAILED ? errno : 0;
}

// Opened, mapped, and the CMS: may send to handle 0, which it is itself.
int become_cms() {
  const int device = lite_ipc_open(nullptr, O_RDWR | O_CLOEXEC);
  EXPECT_GE(device, 0) << strerror(errno);
  EXPECT_NE(map_pool(device), MAP_FAILED) << strerror(errno);
  EXPECT_EQ(lite_ipc_ioctl(device, TOUCHSTONE_IPC_SET_CMS, 200000), 0) << strerror(errno);
  return device;
}

const lite_ipc_message& receive(int device) {
  lite_ipc_content content{};
  content.flag = TOUCHSTONE_RECV;
  EXPECT_EQ(exchange(device, content), 0) << strerror(errno);
  return *reinterpret_cast<const lite_ipc_message*>(
      static_cast<std::uintptr_t>(content.in_message));
}

// Sends a message to itself, as the CMS can, and gives what comes.
const lite_ipc_message& receive_own(int device) {
  EXPECT_EQ(exchange(device, Send().content), 0) << strerror(errno);
  return receive(device);
}

// One byte from one process to another.
class Signal {
 public:
  Signal() { EXPECT_EQ(pipe2(ends_.data(), O_CLOEXEC), 0); }
  ~Signal() {
    close(ends_[0]);
    close(ends_[1]);
  }
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;

  void give() const { EXPECT_EQ(write(ends_[1], "", 1), 1); }
  void wait() const {
    char byte = 0;
    EXPECT_EQ(read(ends_[0], &byte, 1), 1);
  }

 private:
  std::array<int, 2> ends_{};
};

// Of this process; each is a socket and a doorbell.
std::size_t connections() {
  std::size_t count = 0;
  for (int file = lite_ipc_own_descriptor_min; file < lite_ipc_own_descriptor_min + 64; ++file) {
    count += fcntl(file, F_GETFD) >= 0;
  }
  EXPECT_EQ(count % 2, 0u);
  return count / 2;
}

TEST(LiteIpc, OpensWhatTheDaemonListensOnAndNothingElse) {
  Daemon daemon;
  in_process([] {
    const int device = lite_ipc_open(nullptr, O_RDWR);
    EXPECT_GE(device, 0);
    EXPECT_EQ(fcntl(device, F_GETFD), 0);
    EXPECT_EQ(fcntl(lite_ipc_open("/dev/lite_ipc", O_CLOEXEC), F_GETFD), FD_CLOEXEC);
    EXPECT_EQ(errno_of(lite_ipc_open("/dev/null", O_RDWR)), EBUSY);
  });
  in_process([] { EXPECT_EQ(errno_of(lite_ipc_open("/dev/null", O_RDWR)), ENODEV); });
  daemon.stop();
  in_process([] { EXPECT_EQ(errno_of(lite_ipc_open(nullptr, O_RDWR)), ENODEV); });
  unlink(daemon.socket().c_str());
  in_process([] { EXPECT_EQ(errno_of(lite_ipc_open(nullptr, O_RDWR)), ENOENT); });
}

TEST(LiteIpc, FindsASocketWhosePathIsTooLongForAnAddress) {
  const Daemon daemon;
  const auto folder = daemon.folder() / std::string(120, 'x');
  std::filesystem::create_directory(folder);
  std::filesystem::create_symlink(daemon.socket(), folder / "socket");
  in_process([&] { EXPECT_GE(lite_ipc_open((folder / "socket").c_str(), O_RDWR), 0); });
  in_process([&] {
    std::filesystem::current_path(folder);
    const int device = lite_ipc_open("socket", O_RDWR);
    std::filesystem::current_path("/");
    std::thread([&] { EXPECT_EQ(errno_of(lite_ipc_ioctl(device, 1, 0)), ENOMEM); }).join();
  });
}

TEST(LiteIpc, TakesEveryCopyOfTheDescriptorForTheDevice) {
  const Daemon daemon;
  in_process([&] {
    const int device = lite_ipc_open(nullptr, O_RDWR);
    const int copy = dup(device);
    EXPECT_EQ(lite_ipc_close(device), 0);
    EXPECT_FALSE(lite_ipc_is_device(device));
    EXPECT_TRUE(lite_ipc_is_device(copy));
    EXPECT_EQ(errno_of(lite_ipc_ioctl(device, 1, 0)), EBADF);
    EXPECT_EQ(errno_of(lite_ipc_ioctl(copy, 1, 0)), ENOMEM);
    const int other = open("/dev/null", O_RDWR);
    EXPECT_FALSE(lite_ipc_is_device(other));
    EXPECT_FALSE(lite_ipc_is_device(-1));
    EXPECT_EQ(errno_of(lite_ipc_ioctl(other, 1, 0)), ENOTTY);
    EXPECT_EQ(mmap_errno(other, 4096, PROT_READ, MAP_PRIVATE), ENODEV);
    EXPECT_EQ(mmap_errno(999, 4096, PROT_READ, MAP_PRIVATE), EBADF);
  });
}

TEST(LiteIpc, KnowsADescriptorThatItsProcessDidNotOpen) {
  const Daemon daemon;
  in_process([&] {
    const int given = open(daemon.socket().c_str(), O_PATH);
    EXPECT_TRUE(lite_ipc_is_device(given));
    EXPECT_EQ(errno_of(lite_ipc_ioctl(given, TOUCHSTONE_IPC_SET_IPC_THREAD, 0)), EINVAL);
    EXPECT_EQ(mmap_errno(given, 4096, PROT_READ, MAP_PRIVATE), EINVAL);
  });
}

TEST(LiteIpc, GivesTheErrnoOfTheDevice) {
  const Daemon daemon;
  in_process([] {
    const int device = lite_ipc_open(nullptr, O_RDWR);
    std::uint32_t version = 0;
    EXPECT_EQ(errno_of(ioctl_at(device, TOUCHSTONE_IPC_GET_VERSION, &version)), ENOMEM);
    EXPECT_EQ(mmap_errno(device, 0, PROT_READ, MAP_PRIVATE), EINVAL);
    EXPECT_EQ(mmap_errno(device, 262145, PROT_READ, MAP_PRIVATE), EINVAL);
    EXPECT_EQ(mmap_errno(device, SIZE_MAX, PROT_READ, MAP_PRIVATE), EINVAL);
    EXPECT_EQ(mmap_errno(device, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE), EINVAL);
    EXPECT_EQ(mmap_errno(device, 4096, PROT_READ, MAP_SHARED), EINVAL);
    void* const pool = map_pool(device, 262144);
    ASSERT_NE(pool, MAP_FAILED);
    EXPECT_EQ(mmap_errno(device, 4096, PROT_READ, MAP_PRIVATE), EEXIST);
    EXPECT_NE(mprotect(pool, 4096, PROT_READ | PROT_WRITE), 0);

    errno = 1234;
    EXPECT_EQ(ioctl_at(device, TOUCHSTONE_IPC_GET_VERSION, &version), 0);
    EXPECT_EQ(version, 2u);
    EXPECT_EQ(errno, 1234);
    const auto kept_in_an_int = static_cast<int>(TOUCHSTONE_IPC_GET_VERSION);
    const auto command = static_cast<unsigned long>(kept_in_an_int);
    EXPECT_EQ(lite_ipc_ioctl(device, command, address_of(&version)), 0);
    EXPECT_EQ(errno_of(lite_ipc_ioctl(device, TOUCHSTONE_IPC_GET_VERSION, 0)), EINVAL);
    EXPECT_EQ(errno_of(lite_ipc_ioctl(device, TOUCHSTONE_IPC_GET_VERSION, 16)), EFAULT);
    EXPECT_EQ(errno_of(lite_ipc_ioctl(device, 0x6906, 0)), EINVAL);
    EXPECT_EQ(errno_of(lite_ipc_ioctl(device, LITE_IPC_SEND_RECEIVE, 16)), EINVAL);
    EXPECT_EQ(lite_ipc_munmap(pool, 262144), 0);
  });
}

TEST(LiteIpc, GivesTheErrnoOfEachBadPointer) {
  const Daemon daemon;
  in_process([] {
    const int device = become_cms();
    GuardedPage page;
    const auto send = [&](auto change) {
      Send one({buffer_object(page.start(), 8)});
      change(one);
      return errno_of(exchange(device, one.content));
    };
    const auto bad = word_of(page.end() - 4);
    EXPECT_EQ(send([](Send&) {}), 0);
    EXPECT_EQ(send([&](Send& one) { one.content.out_message = bad; }), EINVAL);
    EXPECT_EQ(send([&](Send& one) { one.message.data = bad; }), EFAULT);
    EXPECT_EQ(send([&](Send& one) { one.message.offsets = bad; }), 0);  // 4 bytes are there
    EXPECT_EQ(send([&](Send& one) { one.message.offsets = bad + 1; }), EFAULT);
    EXPECT_EQ(send([&](Send& one) {
                const auto object = buffer_object(page.end() - 4, 8);
                std::memcpy(one.data.data(), &object, sizeof object);
              }),
              sizeof(void*) == 4 ? EINVAL : EFAULT);  // 32 bits: outside the user range (OBJ-10)
    auto* const content = page.at_end(lite_ipc_content{});
    content->flag = TOUCHSTONE_RECV;
    page.make_read_only();
    EXPECT_EQ(errno_of(exchange(device, *content)), EFAULT);
    EXPECT_EQ(receive(device).object_count, 1u);
  });
}

TEST(LiteIpc, BringsDescriptorsToTheLowestNumbersAndItsOwnLieHigh) {
  const Daemon daemon;
  in_process([] {
    const int device = become_cms();
    const int file = memfd_create("file", MFD_CLOEXEC);
    EXPECT_EQ(connections(), 1u);
    Send send({descriptor_object(static_cast<std::uint32_t>(file))});
    EXPECT_EQ(exchange(device, send.content), 0);
    const int lowest = dup(file);
    close(lowest);
    const lite_ipc_message& in = receive(device);
    lite_ipc_object object;
    std::memcpy(&object, reinterpret_cast<const void*>(static_cast<std::uintptr_t>(in.data)),
                sizeof object);
    EXPECT_EQ(object.first.fd, static_cast<std::uint32_t>(lowest));
    struct stat sent{};
    struct stat came{};
    EXPECT_EQ(fstat(file, &sent), 0);
    EXPECT_EQ(fstat(lowest, &came), 0);
    EXPECT_EQ(sent.st_ino, came.st_ino);
    EXPECT_EQ(errno_of(exchange(device, Send({descriptor_object(400)}).content)), EBADF);
  });
}

// --- threads, signals, forks ---

TEST(LiteIpc, MakesEachThreadATaskThatEndsWithIt) {
  const Daemon daemon;
  in_process([] {
    const int device = become_cms();
    int other = 0;
    std::thread([&] {
      other = lite_ipc_task_id();
      EXPECT_EQ(lite_ipc_task_id(), other);
      EXPECT_EQ(connections(), 2u);
    }).join();
    EXPECT_GT(other, 0);
    EXPECT_NE(lite_ipc_task_id(), other);
    EXPECT_EQ(connections(), 1u);
    touchstone_cms_command command{TOUCHSTONE_CMS_GEN_HANDLE, static_cast<std::uint32_t>(other), 0};
    while (ioctl_at(device, TOUCHSTONE_IPC_CMS_CMD, &command) == 0) sched_yield();
    EXPECT_EQ(errno, EINVAL);
  });
}

TEST(LiteIpc, RefusesACallFromAHandlerWhileItsThreadWaits) {
  static int device = -1;
  static std::atomic<int> given = 0;
  const Daemon daemon;
  in_process([] {
    device = become_cms();
    std::signal(SIGUSR1, [](int) {
      const int saved = errno;
      std::uint32_t version = 0;
      given = errno_of(ioctl_at(device, TOUCHSTONE_IPC_GET_VERSION, &version));
      errno = saved;
    });
    const pthread_t waiting = pthread_self();
    std::thread other([&] {
      while (given != EBUSY) {  // until the signal finds it waiting
        pthread_kill(waiting, SIGUSR1);
        sched_yield();
      }
      EXPECT_EQ(exchange(device, Send().content), 0);
    });
    receive(device);
    other.join();
  });
}

TEST(LiteIpc, StartsAnewInAChild) {
  const Daemon daemon;
  in_process([] {
    const int device = become_cms();
    const int process = lite_ipc_process_id();
    const void* const pool = reinterpret_cast<const void*>(&receive_own(device));
    in_process([&] {
      EXPECT_EQ(connections(), 0u);
      lite_ipc_memory memory = lite_ipc_memory_of_thread();
      std::byte byte{};
      EXPECT_FALSE(lite_ipc_read_own(&memory, address_of(pool), &byte, 1));
      std::uint32_t version = 0;
      EXPECT_EQ(errno_of(ioctl_at(device, TOUCHSTONE_IPC_GET_VERSION, &version)), ENOMEM);
      EXPECT_NE(map_pool(device), MAP_FAILED);
      EXPECT_EQ(ioctl_at(device, TOUCHSTONE_IPC_GET_VERSION, &version), 0);
      EXPECT_NE(lite_ipc_process_id(), process);
      in_process([&] {  // and in the child's
        EXPECT_EQ(errno_of(ioctl_at(device, TOUCHSTONE_IPC_GET_VERSION, &version)), ENOMEM);
      });
    });
    EXPECT_EQ(lite_ipc_process_id(), process);
    receive_own(device);
  });
}

// Sends messages to itself, as every task can, and takes them.
void converse_with_itself(int device, int rounds) {
  Send send(std::vector<std::byte>(100, std::byte{1}));
  send.message.target_handle = static_cast<std::uint32_t>(lite_ipc_task_id());
  lite_ipc_content content{};
  content.flag = TOUCHSTONE_RECV;
  for (int i = 0; i < rounds; ++i) {
    EXPECT_EQ(exchange(device, send.content), 0) << strerror(errno);
    EXPECT_EQ(exchange(device, content), 0) << strerror(errno);
    content.flag = TOUCHSTONE_RECV | TOUCHSTONE_BUFF_FREE;
    content.buffer_to_free = content.in_message;
  }
}

TEST(LiteIpc, ForksWhileItsThreadsCall) {
  const Daemon daemon;
  in_process([] {
    const int device = become_cms();
    std::vector<std::thread> threads;
    for (int i = 0; i < 6; ++i) {
      threads.emplace_back([&] { converse_with_itself(device, 200); });
    }
    for (int i = 0; i < 20; ++i) {
      in_process([&] {
        EXPECT_EQ(connections(), 0u);
        EXPECT_NE(map_pool(device), MAP_FAILED) << strerror(errno);
        converse_with_itself(device, 3);
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(connections(), 1u);
  });
}

TEST(LiteIpc, HasNothingOpenInTheChildOfAProcessThatHasNot) {
  const Daemon daemon;
  in_process([&] {
    EXPECT_GT(lite_ipc_task_id(), 0);
    in_process([&] {
      const int given = open(daemon.socket().c_str(), O_PATH);
      EXPECT_EQ(errno_of(lite_ipc_ioctl(given, 1, 0)), EINVAL);
    });
  });
}

TEST(LiteIpc, GoesOnBesideProgramsThatAreStarted) {
  const Daemon daemon;
  in_process([] {
    const int device = become_cms();
    EXPECT_EQ(std::system("true"), 0);
    EXPECT_EQ(Program({"/bin/true"}).wait(), 0);
    receive_own(device);
  });
}

// --- the daemon's end ---

TEST(LiteIpc, EndsAWaitingCallWhenTheDaemonGoes) {
  Daemon daemon;
  const Signal is_open;
  const pid_t process = start_process([&] {
    const int device = become_cms();
    is_open.give();
    lite_ipc_content content{};
    content.flag = TOUCHSTONE_RECV;
    EXPECT_EQ(errno_of(exchange(device, content)), ENODEV);
    EXPECT_EQ(errno_of(exchange(device, content)), ENODEV);
    std::thread([&] { EXPECT_EQ(lite_ipc_task_id(), -ENODEV); }).join();
    in_process([&] { EXPECT_EQ(errno_of(exchange(device, content)), ENODEV); });
    EXPECT_EQ(errno_of(lite_ipc_open(nullptr, O_RDWR)), ENODEV);
  });
  is_open.wait();
  daemon.stop();
  expect_success(process);
}

TEST(LiteIpc, IsANewProcessToTheNextDaemonOnceItOpensAgain) {
  Daemon daemon;
  const Signal is_open;
  const Signal is_restarted;
  const pid_t process = start_process([&] {
    const int device = become_cms();
    is_open.give();
    is_restarted.wait();
    std::thread([&] { EXPECT_EQ(lite_ipc_task_id(), -ENODEV); }).join();
    EXPECT_EQ(errno_of(lite_ipc_ioctl(device, TOUCHSTONE_IPC_SET_IPC_THREAD, 0)), ENODEV);
    std::thread([&] { receive_own(become_cms()); }).join();
    EXPECT_GT(lite_ipc_task_id(), 0);
  });
  is_open.wait();
  daemon.stop();
  daemon.start();
  is_restarted.give();
  expect_success(process);
}

TEST(LiteIpc, OpensAgainWithoutHavingSeenTheDaemonGo) {
  Daemon daemon;
  const Signal is_open;
  const Signal is_restarted;
  const pid_t process = start_process([&] {
    become_cms();
    is_open.give();
    is_restarted.wait();
    receive_own(become_cms());
  });
  is_open.wait();
  daemon.stop();
  daemon.start();
  is_restarted.give();
  expect_success(process);
}

}  // namespace
}  // namespace touchstone::client
