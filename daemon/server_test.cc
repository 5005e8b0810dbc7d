// The daemon's loop over real sockets: who keeps to the protocol, and who does not.
#include "daemon/server.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <touchstone/lite_ipc_abi.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "daemon/packet_socket.h"

namespace touchstone::daemon {
namespace {

template <typename Structure>
std::string text_of(const Structure& structure) {
  return {reinterpret_cast<const char*>(&structure), sizeof structure};
}

// A connection that says what the test wants.
class Line {
 public:
  explicit Line(const std::string& path) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    path.copy(at.sun_path, sizeof at.sun_path - 1);
    EXPECT_EQ(connect(socket_.get(), reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    const timeval most{.tv_sec = 20, .tv_usec = 0};  // a daemon that does not answer is a failure
    setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
  }

  void send_raw(const std::string& bytes) {
    EXPECT_EQ(send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  void ask(std::uint32_t operation, const std::string& body) {
    send_raw(text_of(liteipcd_packet{operation, static_cast<std::uint32_t>(body.size()), 0, 0}) +
             body);
  }
  // The body of an answer of one packet; none if the daemon has ended the connection.
  std::optional<std::string> answer() {
    std::string room(LITEIPCD_PACKET_BYTES_MAX, '\0');
    const ssize_t bytes = recv(socket_.get(), room.data(), room.size(), 0);
    EXPECT_FALSE(bytes < 0 && errno == EAGAIN) << "no answer";
    if (bytes <= 0) return std::nullopt;
    return room.substr(sizeof(liteipcd_packet),
                       static_cast<std::size_t>(bytes) - sizeof(liteipcd_packet));
  }
  std::int64_t value_of(std::uint32_t operation, const std::string& body) {
    ask(operation, body);
    const auto got = answer();
    std::int64_t value = -EPIPE;
    if (got && got->size() >= sizeof value) std::memcpy(&value, got->data(), sizeof value);
    return value;
  }
  std::int64_t hello(std::uint32_t thread = static_cast<std::uint32_t>(getpid())) {
    return value_of(LITEIPCD_HELLO,
                    text_of(liteipcd_hello{LITEIPCD_PROTOCOL_VERSION, 8, thread, 0, 0}));
  }
  std::int64_t word(std::uint64_t command, std::uint64_t argument) {
    return value_of(LITEIPCD_IOCTL, text_of(liteipcd_ioctl{command, argument, 0, 0, 0, 0}));
  }
  // Opens the device and has a pool, which nobody looks at.
  void settle_in() {
    EXPECT_EQ(hello(), 0);
    EXPECT_EQ(value_of(LITEIPCD_OPEN, ""), 0);
    EXPECT_EQ(value_of(LITEIPCD_MMAP, text_of(liteipcd_mmap{4096, 0x70000000, 1, 2})), 0);
  }
  void receive_message() {
    const touchstone_content64 content{TOUCHSTONE_RECV, 0, 0, 0, 0};
    ask(LITEIPCD_IOCTL, text_of(liteipcd_ioctl{TOUCHSTONE_IPC_SEND_RECV_MSG_64, 4096, 1, 1, 0, 0}) +
                            text_of(liteipcd_segment{4096, sizeof content, 0}) + text_of(content));
  }

 private:
  UniqueFd socket_{socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)};
};

class ServerTest : public testing::Test {
 protected:
  void SetUp() override {
    path_ = testing::TempDir() + "liteipcd-" + std::to_string(getpid());
    auto listener = listen_at(path_, 0600);
    ASSERT_TRUE(listener) << listener.error();
    daemon_ = fork();
    if (daemon_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      const Log log(LogLevel::error);
      Server(kernel::DataModel::lp64, {}, std::move(*listener), log).run();
      _exit(0);
    }
  }
  void TearDown() override {
    int status = 0;
    kill(daemon_, SIGTERM);
    waitpid(daemon_, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "the daemon died: " << status;
    unlink(path_.c_str());
  }

  nlohmann::json control(const std::string& question) {
    Line line(path_);
    line.ask(LITEIPCD_CONTROL, question);
    return nlohmann::json::parse(line.answer().value_or("null"));
  }
  // Asks until it is so: what ends is seen when the daemon comes to it.
  bool comes_to(const std::string& key, int value) {
    for (int i = 0; i < 100000; ++i) {
      if (control("status")[key] == value) return true;
    }
    return false;
  }
  // A client in a process of its own, which lives until it is killed.
  template <typename Life>
  pid_t start(const Life& life) {
    int ready[2];
    EXPECT_EQ(pipe2(ready, O_CLOEXEC), 0);
    const pid_t client = fork();
    if (client == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      Line line(path_);
      life(line);
      if (write(ready[1], "x", 1) != 1) _exit(1);
      for (;;) pause();
    }
    char byte = 0;
    close(ready[1]);
    EXPECT_EQ(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return client;
  }
  static void end(pid_t client) {
    kill(client, SIGKILL);
    waitpid(client, nullptr, 0);
  }

  std::string path_;
  pid_t daemon_ = -1;
};

TEST_F(ServerTest, ServesATask) {
  Line line(path_);
  line.settle_in();
  EXPECT_EQ(line.word(TOUCHSTONE_IPC_SET_CMS, 1024), 0);
  EXPECT_EQ(line.word(TOUCHSTONE_IPC_SET_CMS, 1024), -EEXIST);
  EXPECT_EQ(control("status")["tasks"], 1);
  EXPECT_EQ(control("services").size(), 0u);
  EXPECT_EQ(control("clients")[0]["pid"], getpid());
  EXPECT_TRUE(control("nonsense").contains("error"));
}

TEST_F(ServerTest, RefusesWhoIsNotWhoHeSaysHeIs) {
  EXPECT_EQ(Line(path_).hello(1), -EPERM);  // no thread of this process
  Line other_layout(path_);
  EXPECT_EQ(other_layout.value_of(LITEIPCD_HELLO,
                                  text_of(liteipcd_hello{LITEIPCD_PROTOCOL_VERSION, 4, 1, 0, 0})),
            -EPROTONOSUPPORT);
  Line other_version(path_);
  EXPECT_EQ(other_version.value_of(LITEIPCD_HELLO, text_of(liteipcd_hello{77, 8, 1, 0, 0})),
            -EPROTONOSUPPORT);
  EXPECT_EQ(control("status")["tasks"], 0);
}

TEST_F(ServerTest, EndsTheConnectionOfWhoDoesNotKeepToTheProtocol) {
  const std::string whole = text_of(liteipcd_packet{LITEIPCD_OPEN, 0, 0, 0});
  const std::vector<std::string> wrong{
      "x",
      whole.substr(1),
      text_of(liteipcd_packet{99, 0, 0, 0}),
      text_of(liteipcd_packet{LITEIPCD_OPEN, 5, 0, 0}),
      text_of(liteipcd_packet{LITEIPCD_IOCTL, 4, 0, 0}) + "abcd",
      text_of(liteipcd_packet{LITEIPCD_IOCTL, 4, 2, 0}) + "ab",
      text_of(liteipcd_packet{LITEIPCD_PLACED, 4, 0, 0}) + "abcd",
      text_of(liteipcd_packet{LITEIPCD_MMAP, 4, 0, 0}) + "abcd",
      text_of(liteipcd_packet{LITEIPCD_HELLO, 0, 0, 0}),
      std::string(LITEIPCD_PACKET_BYTES_MAX + 1, 'x'),
  };
  const pid_t bystander = start([](Line& line) { line.settle_in(); });
  for (const std::string& packet : wrong) {
    Line line(path_);
    ASSERT_EQ(line.hello(), 0);
    line.send_raw(packet);
    EXPECT_EQ(line.answer(), std::nullopt) << packet.substr(0, 40);
    EXPECT_TRUE(comes_to("tasks", 1));
  }
  Line stranger(path_);
  EXPECT_EQ(stranger.value_of(LITEIPCD_OPEN, ""), -EPIPE);
  end(bystander);
}

TEST_F(ServerTest, EndsTheConnectionOfWhoDoesNotAwaitHisAnswer) {
  Line line(path_);
  line.settle_in();
  EXPECT_EQ(line.word(TOUCHSTONE_IPC_SET_CMS, 1024), 0);
  line.receive_message();
  line.receive_message();
  EXPECT_EQ(line.answer(), std::nullopt);
}

TEST_F(ServerTest, TakesARequestInSeveralPackets) {
  Line line(path_);
  line.settle_in();
  const std::string body = text_of(liteipcd_ioctl{TOUCHSTONE_IPC_SET_CMS, 1024, 0, 0, 0, 0});
  const auto size = static_cast<std::uint32_t>(body.size());
  line.send_raw(text_of(liteipcd_packet{LITEIPCD_IOCTL, size, 0, 0}) + body.substr(0, 10));
  line.send_raw(text_of(liteipcd_packet{LITEIPCD_IOCTL, size, 10, 0}) + body.substr(10));
  std::int64_t value = -1;
  std::memcpy(&value, line.answer().value().data(), sizeof value);
  EXPECT_EQ(value, 0);
}

TEST_F(ServerTest, HasNothingLeftOfWhoIsKilledInMidCall) {
  const pid_t server = start([](Line& line) {
    line.settle_in();
    line.word(TOUCHSTONE_IPC_SET_CMS, 1024);
    line.receive_message();
  });
  ASSERT_TRUE(comes_to("sleeping", 1));
  end(server);
  EXPECT_TRUE(comes_to("processes", 0));
  EXPECT_EQ(control("status")["pool_bytes"], 0);
}

// A child that was forked without the library's knowledge holds on to its parent's socket.
TEST_F(ServerTest, SeesTheEndOfAProcessWhoseSocketLivesOn) {
  int held[2];
  ASSERT_EQ(pipe(held), 0);
  const pid_t client = start([&held](Line& line) {
    line.settle_in();
    if (syscall(SYS_fork) == 0) {
      char byte = 0;
      close(held[1]);
      _exit(read(held[0], &byte, 1) < 0 ? 1 : 0);
    }
  });
  EXPECT_EQ(control("status")["processes"], 1);
  end(client);
  EXPECT_TRUE(comes_to("processes", 0));
  close(held[1]);
  close(held[0]);
}

TEST(ListenAt, TakesThePlaceOfASocketThatIsDeadAndOfNothingElse) {
  const std::string path = testing::TempDir() + "listen-at";
  unlink(path.c_str());
  {
    const auto first = listen_at(path, 0600);
    ASSERT_TRUE(first) << first.error();
    const auto second = listen_at(path, 0600);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error(), path + ": another daemon listens there");
  }
  EXPECT_TRUE(listen_at(path, 0600));
  unlink(path.c_str());
  close(open(path.c_str(), O_CREAT | O_WRONLY, 0600));
  EXPECT_EQ(listen_at(path, 0600).error(), path + ": is there and is no socket");
  unlink(path.c_str());
  EXPECT_FALSE(listen_at(std::string(200, 'x'), 0600));
}

}  // namespace
}  // namespace touchstone::daemon
