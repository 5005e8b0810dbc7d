// Lines to a real agent: a program, a Unix socket, a TCP port, a serial line with what can happen
// on one; and what is said of an agent that is not there.
#include "adapter/backends/agent_link.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <thread>

#include "adapter/backends/agent_factory.h"
#include "agent/test_device/test_device.h"

namespace touchstone {
namespace {

const std::string agent = std::string(TOUCHSTONE_AGENTS) + "/agent_on_test_device";

// An agent that listens somewhere, for as long as this lives.
class ListeningAgent {
 public:
  explicit ListeningAgent(const std::string& options) {
    // It does not end by itself; the shell ends when its line does.
    auto started =
        start_agent_program({"/bin/sh", "-c", agent + " " + options + " & read -r line; kill $!"});
    EXPECT_TRUE(started) << started.error();
    if (started) stream_ = *std::move(started);
    read_first_line();
  }
  // "listens at PLACE"
  const std::string& said() const { return said_; }

 private:
  void read_first_line() {
    std::array<std::byte, 1> byte{};
    while (!said_.ends_with('\n')) {
      const auto got = stream_->receive(byte, std::chrono::milliseconds(10000));
      ASSERT_EQ(got.kind, AgentStream::Received::Kind::bytes) << said_;
      said_ += static_cast<char>(byte[0]);
    }
  }

  std::unique_ptr<AgentStream> stream_;
  std::string said_;
};

void expect_plays(BackendFactory& factory) {
  const auto backend = factory.create();
  const auto made = backend->spawn(0, 0);
  ASSERT_TRUE(made) << backend->lost().value_or("");
  EXPECT_EQ(backend->ioctl(made->task, test_device_give, 5).value, 5);
  EXPECT_EQ(backend->lost().value_or(""), "");
}

void expect_plays_twice(const std::string& spec) {
  const auto factory = open_agent(spec);
  ASSERT_TRUE(factory) << factory.error();
  expect_plays(**factory);
  expect_plays(**factory);
}

std::string error_of(const std::string& spec) {
  const auto factory = open_agent(spec);
  EXPECT_FALSE(factory);
  return factory ? "" : factory.error();
}

TEST(AgentLink, PlaysOverAUnixSocket) {
  const std::string path = testing::TempDir() + "agent-" + std::to_string(::getpid());
  const ListeningAgent listening("--unix " + path);
  EXPECT_EQ(listening.said(), "listens at " + path + "\n");
  expect_plays_twice("agent:unix:" + path);
  std::filesystem::remove(path);
}

TEST(AgentLink, PlaysOverATcpPort) {
  const ListeningAgent listening("--tcp 0");
  const std::string port = listening.said().substr(std::string("listens at port ").size());
  expect_plays_twice("agent:tcp:localhost:" + port.substr(0, port.size() - 1));
}

TEST(AgentLink, InstancesOfAnAgentThatSaysTheyAreFreshMayBeMany) {
  EXPECT_EQ((*open_agent("agent:exec:" + agent))->instances_max(), 1u);
  const auto factory = open_agent("agent:exec:" + agent + " --fresh");
  ASSERT_TRUE(factory) << factory.error();
  EXPECT_GT((*factory)->instances_max(), 1u);
  const auto one = (*factory)->create();
  const auto other = (*factory)->create();
  EXPECT_TRUE(one->spawn(0, 0) && other->spawn(0, 0));
}

TEST(AgentLink, SaysWhyThereIsNoAgent) {
  EXPECT_EQ(error_of("agent:exec:exit 3"),
            "agent:exec:exit 3: frame 1 from the agent: no answer, the line has ended: exit "
            "status 3");
  EXPECT_EQ(
      error_of("agent:exec:kill -9 $$"),
      "agent:exec:kill -9 $$: frame 1 from the agent: no answer, the line has ended: signal 9");
  EXPECT_EQ(error_of("agent:unix:/nowhere/agent"),
            "agent:unix:/nowhere/agent: /nowhere/agent: No such file or directory");
  EXPECT_EQ(error_of("agent:tcp:localhost:1"),
            "agent:tcp:localhost:1: localhost:1: Connection refused");
  EXPECT_EQ(error_of("agent:serial:/dev/null"),
            "agent:serial:/dev/null: /dev/null: Inappropriate ioctl for device");
  EXPECT_EQ(error_of("agent:exec:" + agent + " --watch x 2>/dev/null"),
            "agent:exec:" + agent +
                " --watch x 2>/dev/null: frame 1 from the agent: no answer, the "
                "line has ended: exit status 2");
}

TEST(AgentLink, SaysWhichWordsItKnows) {
  for (const char* const spec :
       {"agent:", "agent:exec:", "agent:tcp:board", "agent:usb:1", "device:"}) {
    EXPECT_TRUE(error_of(spec).starts_with(std::string(spec) + ": expected agent:exec:COMMAND"));
  }
}

TEST(AgentLink, DeviceThatIsNoneIsNamed) {
  const std::string product = std::string(TOUCHSTONE_AGENTS) + "/touchstone-agent";
  const std::string quiet = "agent:exec:" + product + " 2>/dev/null --device ";
  EXPECT_TRUE(error_of(quiet + "/dev/no_lite_ipc")
                  .ends_with("the agent says: /dev/no_lite_ipc cannot be used: No such file or "
                             "directory (is its driver loaded?)"));
  EXPECT_TRUE(error_of(quiet + "/dev/null")
                  .ends_with("the agent says: /dev/null cannot be used: Inappropriate ioctl for "
                             "device"));
}

// --- a serial line ---

// Two terminals whose other ends are joined by a cable that may spoil a byte on its way to the
// harness, or lose it.
class Cable {
 public:
  Cable() : stop_(::eventfd(0, EFD_CLOEXEC)) {
    for (int& end : ends_) end = terminal();
    thread_ = std::thread([this] { carry(); });
  }
  Cable(const Cable&) = delete;
  Cable& operator=(const Cable&) = delete;
  ~Cable() {
    ::eventfd_write(stop_, 1);
    thread_.join();
    for (const int end : ends_) ::close(end);
    ::close(stop_);
  }

  std::string harness_end() const { return ::ptsname(ends_[0]); }
  std::string agent_end() const { return name_; }
  void spoil_a_byte() { trouble_ = Trouble::spoils; }
  void lose_a_byte() { trouble_ = Trouble::loses; }

 private:
  enum class Trouble : std::uint8_t { none, spoils, loses };

  int terminal() {
    const int master = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    EXPECT_EQ(::grantpt(master), 0);
    EXPECT_EQ(::unlockpt(master), 0);
    // Without an open terminal at the other end a master has hung up.
    name_ = ::ptsname(master);
    held_.push_back(::open(name_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
    termios settings{};
    ::tcgetattr(held_.back(), &settings);
    ::cfmakeraw(&settings);
    ::tcsetattr(held_.back(), TCSANOW, &settings);
    return master;
  }

  void carry() {
    std::array<pollfd, 3> events{
        {{stop_, POLLIN, 0}, {ends_[0], POLLIN, 0}, {ends_[1], POLLIN, 0}}};
    while (::poll(events.data(), events.size(), -1) >= 0 && events[0].revents == 0) {
      if (events[1].revents != 0) pass(ends_[0], ends_[1], Trouble::none);
      if (events[2].revents != 0) pass(ends_[1], ends_[0], trouble_.exchange(Trouble::none));
    }
    for (const int end : held_) ::close(end);
  }

  static void pass(int from, int to, Trouble trouble) {
    std::array<char, 4096> bytes{};
    const ssize_t got = ::read(from, bytes.data(), bytes.size());
    if (got <= 0) return;
    if (trouble == Trouble::spoils) bytes[0] ^= 1;
    const std::size_t lost = trouble == Trouble::loses ? 1 : 0;
    const std::size_t count = static_cast<std::size_t>(got) - lost;
    EXPECT_EQ(::write(to, bytes.data() + lost, count), static_cast<ssize_t>(count));
  }

  const int stop_;
  std::array<int, 2> ends_{};
  std::vector<int> held_;
  std::string name_;  // of the terminal made last: the agent's
  std::atomic<Trouble> trouble_ = Trouble::none;
  std::thread thread_;
};

TEST(AgentLink, PlaysOverASerialLine) {
  const Cable cable;
  const ListeningAgent listening("--serial " + cable.agent_end());
  expect_plays_twice("agent:serial:" + cable.harness_end());
}

TEST(AgentLink, ByteThatIsSpoiltOnItsWayLosesTheInstance) {
  Cable cable;
  const ListeningAgent listening("--serial " + cable.agent_end());
  const auto factory = open_agent("agent:serial:" + cable.harness_end());
  ASSERT_TRUE(factory) << factory.error();
  {
    const auto backend = (*factory)->create();
    cable.spoil_a_byte();
    EXPECT_FALSE(backend->spawn(0, 0));
    EXPECT_EQ(backend->lost().value_or(""),
              "frame 2 from the agent: it does not begin with the magic");
  }
  expect_plays(**factory);
}

TEST(AgentLink, ByteThatIsLostOnItsWayLosesTheInstance) {
  Cable cable;
  const ListeningAgent listening("--serial " + cable.agent_end());
  const auto factory = open_agent("agent:serial:" + cable.harness_end());
  ASSERT_TRUE(factory) << factory.error();
  {
    const auto backend = (*factory)->create();
    cable.lose_a_byte();
    EXPECT_FALSE(backend->spawn(0, 0));
    EXPECT_EQ(backend->lost().value_or(""),
              "frame 2 from the agent: it does not begin with the magic");
  }
  expect_plays(**factory);
}

}  // namespace
}  // namespace touchstone
