// The agent itself, on a device that is nothing but a process: for this processor, for 32 bits of
// it, with another C library, and for ARM under an emulator.
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "adapter/abi.h"
#include "adapter/backends/agent_factory.h"
#include "agent/test_device/test_device.h"

namespace touchstone {
namespace {

using std::chrono::milliseconds;

const std::string agents = TOUCHSTONE_AGENTS;

// How the agent is started; "" where it could not be built here.
std::string command_of(const std::string& kind) {
  const std::string program = agents + "/agent_on_test_device" + (kind == "here" ? "" : "-" + kind);
  if (!std::filesystem::exists(program)) return "";
  // The emulator would leave an image of each agent that a test kills.
  return (kind == "arm" ? "ulimit -c 0; exec qemu-arm " : "") + program;
}

class AgentProgram : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (command_of(GetParam()).empty()) GTEST_SKIP() << "no compiler for it here";
    start("");
  }

  void start(const std::string& options) {
    backend_.reset();
    auto opened = open_agent("agent:exec:" + command_of(GetParam()) + " " + options);
    ASSERT_TRUE(opened) << opened.error();
    factory_ = *std::move(opened);
    backend_ = factory_->create();
  }

  NewTask spawn() {
    const auto made = backend_->spawn(0, 0);
    EXPECT_TRUE(made) << backend_->lost().value_or("");
    return made.value_or(NewTask{});
  }
  std::uint32_t thread(std::uint32_t process) {
    return backend_->create_thread(process).value_or(0);
  }
  Completion call(std::uint32_t task, test_device_command command, std::uint64_t argument = 0) {
    return backend_->ioctl(task, command, argument);
  }
  void expect_done(const Completion& completion, std::int64_t value) {
    EXPECT_FALSE(completion.blocked);
    EXPECT_EQ(completion.value, value);
    EXPECT_EQ(backend_->lost().value_or(""), "");
  }
  bool is_arm() const { return GetParam() == std::string("arm"); }
  // A child that sleeps, but where the emulator cannot fork a process that has threads.
  NewTask sleeping_child_of(const NewTask& parent) {
    if (is_arm()) return parent;
    const auto child = backend_->fork(parent.task);
    EXPECT_TRUE(child && call(child->task, test_device_sleep).blocked)
        << backend_->lost().value_or("");
    return child.value_or(parent);
  }

  std::unique_ptr<BackendFactory> factory_;
  std::unique_ptr<Backend> backend_;
};

INSTANTIATE_TEST_SUITE_P(On, AgentProgram, testing::Values("here", "m32", "musl", "arm"),
                         [](const auto& kind) { return std::string(kind.param); });

// Whether the process ends in time, if it has not.
bool ends(std::uint32_t process) {
  const auto watched = static_cast<int>(::syscall(SYS_pidfd_open, process, 0));
  if (watched < 0) return true;
  pollfd event{.fd = watched, .events = POLLIN, .revents = 0};
  const bool has_ended = ::poll(&event, 1, 10000) == 1;
  ::close(watched);
  return has_ended;
}

pid_t parent_of(std::uint32_t process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string word; status >> word;) {
    if (word == "PPid:") {
      pid_t parent = 0;
      status >> parent;
      return parent;
    }
  }
  return 0;
}

// --- calls ---

TEST_P(AgentProgram, StatesItsDataModel) {
  const bool is_wide = GetParam() == std::string("here") || GetParam() == std::string("musl");
  EXPECT_EQ(backend_->info().data_model, is_wide ? DataModel::lp64 : DataModel::ilp32);
  EXPECT_EQ(backend_->info().name, "test device");
  EXPECT_TRUE(backend_->info().real_time);
}

// Neither is LIM-10's table that of a program of 32 bits on Linux, nor need a descriptor count with
// its receiver from the send on (OBJ-8).
TEST_P(AgentProgram, StatesByItselfWhatLinuxCanDo) {
  EXPECT_FALSE(backend_->info().has(Capability::descriptor_count));
  EXPECT_EQ(backend_->info().has(Capability::user_range),
            backend_->info().data_model == DataModel::lp64);
  EXPECT_TRUE(backend_->info().has(Capability::fork));
  start("--capabilities user-range");
  EXPECT_TRUE(backend_->info().has(Capability::user_range));
  EXPECT_FALSE(backend_->info().has(Capability::fork));
}

TEST_P(AgentProgram, CallGivesWhatTheDeviceGave) {
  const NewTask made = spawn();
  ASSERT_TRUE(backend_->open(made.task));
  expect_done(call(made.task, test_device_give, 7), 7);
  expect_done(backend_->ioctl(made.task, 99, 0), -22);
  EXPECT_TRUE(backend_->close(made.task));
}

TEST_P(AgentProgram, CallThatSleepsIsBlockedUntilItIsWoken) {
  const NewTask sleeper = spawn();
  const NewTask waker = spawn();
  EXPECT_TRUE(call(sleeper.task, test_device_sleep).blocked);
  EXPECT_TRUE(backend_->poll(sleeper.task).blocked);
  expect_done(call(waker.task, test_device_wake, 17), 0);
  expect_done(backend_->poll(sleeper.task), 17);
  expect_done(backend_->poll(sleeper.task), 17);
}

TEST_P(AgentProgram, CallThatTakesTimeIsNotBlocked) {
  const NewTask made = spawn();
  expect_done(call(made.task, test_device_work, 300), test_device_work);
}

TEST_P(AgentProgram, CallThatSleepsByItselfIsBlockedUntilItGoesOn) {
  const NewTask made = spawn();
  EXPECT_TRUE(call(made.task, test_device_rest, 50).blocked);
  backend_->advance(100'000'000);
  expect_done(backend_->poll(made.task), test_device_rest);
}

TEST_P(AgentProgram, AnswerWaitsForThoseWhoAreWokenLate) {
  const NewTask sleeper = spawn();
  const NewTask waker = spawn();
  EXPECT_TRUE(call(sleeper.task, test_device_sleep).blocked);
  expect_done(call(waker.task, test_device_wake_late, 100), 0);
  expect_done(backend_->poll(sleeper.task), 100);
}

TEST_P(AgentProgram, AdvanceTakesItsTime) {
  spawn();
  const auto before = std::chrono::steady_clock::now();
  backend_->advance(30'000'000);
  EXPECT_GE(std::chrono::steady_clock::now() - before, milliseconds(30));
}

TEST_P(AgentProgram, HundredTasksSleep) {
  const NewTask first = spawn();
  std::vector<std::uint32_t> sleepers;
  while (sleepers.size() < 100) {
    sleepers.push_back(thread(first.process));
    ASSERT_NE(sleepers.back(), 0u) << backend_->lost().value_or("");
    ASSERT_TRUE(call(sleepers.back(), test_device_sleep).blocked);
  }
  for (std::size_t i = 0; i < sleepers.size(); ++i) {
    expect_done(call(first.task, test_device_wake, i), 0);
  }
  for (const std::uint32_t sleeper : sleepers) EXPECT_FALSE(backend_->poll(sleeper).blocked);
}

// --- tasks and processes ---

TEST_P(AgentProgram, ThreadIsMadeWhileAllSleep) {
  const NewTask made = spawn();
  EXPECT_TRUE(call(made.task, test_device_sleep).blocked);
  const std::uint32_t second = thread(made.process);
  expect_done(call(second, test_device_wake, 3), 0);
  expect_done(backend_->poll(made.task), 3);
}

TEST_P(AgentProgram, SleepingThreadEndsAndTheOthersGoOn) {
  const NewTask made = spawn();
  const std::uint32_t second = thread(made.process);
  const std::uint32_t third = thread(made.process);
  EXPECT_TRUE(call(second, test_device_sleep).blocked);
  EXPECT_TRUE(call(third, test_device_sleep).blocked);
  ASSERT_TRUE(backend_->exit_task(second));
  expect_done(call(made.task, test_device_wake, 8), 0);
  expect_done(backend_->poll(third), 8);
  ASSERT_TRUE(backend_->exit_task(third));
  expect_done(call(made.task, test_device_give, 1), 1);
}

TEST_P(AgentProgram, ProcessEndsWithAllItsTasks) {
  const NewTask made = spawn();
  const NewTask other = spawn();
  EXPECT_TRUE(call(made.task, test_device_sleep).blocked);
  EXPECT_TRUE(call(thread(made.process), test_device_sleep).blocked);
  ASSERT_TRUE(backend_->exit_task(made.task));
  EXPECT_TRUE(ends(made.process));
  ASSERT_TRUE(backend_->exit_process(other.process));
  EXPECT_TRUE(ends(other.process));
  EXPECT_EQ(backend_->lost().value_or(""), "");
}

TEST_P(AgentProgram, ForkedChildOutlivesItsParent) {
  if (is_arm()) GTEST_SKIP() << "the emulator cannot fork a process that has threads";
  const NewTask parent = spawn();
  const auto child = backend_->fork(parent.task);
  ASSERT_TRUE(child) << backend_->lost().value_or("");
  EXPECT_NE(child->process, parent.process);
  ASSERT_TRUE(backend_->exit_process(parent.process));
  expect_done(call(child->task, test_device_give, 4), 4);
  EXPECT_TRUE(call(child->task, test_device_sleep).blocked);
  expect_done(call(thread(child->process), test_device_wake, 5), 0);
  expect_done(backend_->poll(child->task), 5);
}

TEST_P(AgentProgram, ExecEndsAllOtherTasks) {
  if (is_arm()) GTEST_SKIP() << "the emulator executes no other program";
  const NewTask made = spawn();
  const std::uint32_t second = thread(made.process);
  EXPECT_TRUE(call(made.task, test_device_sleep).blocked);
  ASSERT_TRUE(backend_->exec(second)) << backend_->lost().value_or("");
  expect_done(call(second, test_device_give, 6), 6);
  EXPECT_NE(backend_->scratch(second).address, 0u);
  EXPECT_TRUE(call(thread(made.process), test_device_sleep).blocked);
  expect_done(call(second, test_device_wake, 1), 0);
  ASSERT_TRUE(backend_->exit_task(second));
  EXPECT_TRUE(ends(made.process));
}

// --- memory and descriptors ---

TEST_P(AgentProgram, ScratchIsReadAndWritten) {
  const NewTask made = spawn();
  const Region area = backend_->scratch(made.task);
  const std::uint64_t all = backend_->info().scratch_bytes_max;
  ASSERT_GE(all, scratch_bytes_min);
  ASSERT_GE(area.bytes, all);
  std::vector<std::byte> bytes(all, std::byte{0x5a});
  EXPECT_TRUE(backend_->write(made.task, area.address, bytes));
  std::vector<std::byte> read(all);
  EXPECT_TRUE(backend_->read(made.task, area.address, read));
  EXPECT_EQ(read, bytes);
}

TEST_P(AgentProgram, MemoryThatIsNotThereIsNotRead) {
  const NewTask made = spawn();
  const auto pool = backend_->mmap(made.task, 8192, 1, 2);
  ASSERT_TRUE(pool) << pool.error();
  std::array<std::byte, 5000> bytes{};
  EXPECT_TRUE(backend_->read(made.task, *pool, bytes));
  EXPECT_FALSE(backend_->write(made.task, *pool, bytes));
  const auto page = std::span(bytes).first(16);
  for (const std::uint64_t address :
       {std::uint64_t{0}, std::uint64_t{1}, backend_->info().bad_address,
        backend_->info().kernel_address, ~std::uint64_t{0}}) {
    EXPECT_FALSE(backend_->read(made.task, address, page)) << address;
    EXPECT_FALSE(backend_->write(made.task, address, page)) << address;
  }
  ASSERT_TRUE(backend_->munmap(made.task));
  EXPECT_FALSE(backend_->read(made.task, *pool, page));
  EXPECT_EQ(backend_->lost().value_or(""), "");
}

TEST_P(AgentProgram, DescriptorsAreToldApartAndCounted) {
  const NewTask made = spawn();
  EXPECT_EQ(backend_->descriptor_count(made.process), 0u);
  const auto first = backend_->open_descriptor(made.process);
  const auto second = backend_->open_descriptor(made.process);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(*first, 3u);
  EXPECT_EQ(*second, 4u);
  EXPECT_EQ(backend_->descriptor_count(made.process), 2u);
  const auto identity = backend_->descriptor_identity(made.process, *first);
  EXPECT_TRUE(identity);
  EXPECT_NE(identity, backend_->descriptor_identity(made.process, *second));
  EXPECT_FALSE(backend_->descriptor_identity(made.process, 77));
  const NewTask child = sleeping_child_of(made);
  EXPECT_EQ(backend_->descriptor_identity(child.process, *first), identity);
  EXPECT_EQ(backend_->descriptor_count(child.process), 2u);
}

// --- ends that nobody asked for ---

TEST_P(AgentProgram, PuppetThatIsKilledLosesTheInstance) {
  const NewTask made = spawn();
  EXPECT_TRUE(call(made.task, test_device_sleep).blocked);
  ASSERT_EQ(::kill(static_cast<pid_t>(made.process), SIGKILL), 0);
  ASSERT_TRUE(ends(made.process));
  backend_->poll(made.task);
  EXPECT_EQ(backend_->lost().value_or(""),
            "the agent says: process " + std::to_string(made.process) + " was ended by signal 9");
}

TEST_P(AgentProgram, DeviceThatFaultsLosesTheInstance) {
  const NewTask made = spawn();
  call(made.task, test_device_fault);
  EXPECT_EQ(backend_->lost().value_or(""),
            "the agent says: process " + std::to_string(made.process) + " was ended by signal 11");
}

// Its thread sleeps meanwhile, but not in the device.
TEST_P(AgentProgram, DeviceThatIsAboutToFaultLosesTheInstance) {
  if (is_arm()) GTEST_SKIP() << "the emulator keeps pending signals to itself";
  const NewTask made = spawn();
  call(made.task, test_device_fault_late, 200);
  EXPECT_EQ(backend_->lost().value_or(""),
            "the agent says: process " + std::to_string(made.process) + " was ended by signal 11");
}

TEST_P(AgentProgram, DeviceThatNeverEndsLosesTheInstance) {
  start("--settle-ms 300");
  const NewTask made = spawn();
  call(made.task, test_device_never);
  EXPECT_EQ(backend_->lost().value_or(""), "the agent says: a call does not come to an end");
  backend_.reset();
  EXPECT_TRUE(ends(made.process));
}

TEST_P(AgentProgram, NothingIsLeftOfAnInstanceThatGoes) {
  const NewTask made = spawn();
  const NewTask child = sleeping_child_of(made);
  const pid_t agent = parent_of(made.process);
  backend_.reset();
  EXPECT_TRUE(ends(made.process));
  EXPECT_TRUE(ends(child.process));
  EXPECT_TRUE(ends(static_cast<std::uint32_t>(agent)));
}

TEST_P(AgentProgram, EndsInTheMiddleOfAnOrderWhenTheLineDoes) {
  auto stream = start_agent_program({"/bin/sh", "-c", command_of(GetParam())});
  ASSERT_TRUE(stream) << stream.error();
  AgentStream& line = **stream;
  const std::uint64_t hour_ns = 3'600'000'000'000;
  auto session = std::make_unique<AgentSession>(*std::move(stream), AgentOptions{});
  ASSERT_TRUE(begin_conversation(*session));
  const auto made = session->give(AgentOrder::spawn, {0, 0});
  ASSERT_TRUE(made) << *session->lost();
  std::vector<std::byte> words(8);
  store_u64(words, 0, hour_ns);
  const auto type = static_cast<std::uint8_t>(AgentOrder::advance);
  ASSERT_TRUE(line.send(encode_agent_frame({type, 3, words})));
  const auto before = std::chrono::steady_clock::now();
  session.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - before, milliseconds(4000));
  EXPECT_TRUE(ends(static_cast<std::uint32_t>(made->words[1])));
}

TEST_P(AgentProgram, NothingIsLeftOfAnAgentThatIsKilled) {
  const NewTask made = spawn();
  const NewTask child = sleeping_child_of(made);
  ASSERT_EQ(::kill(parent_of(made.process), SIGKILL), 0);
  EXPECT_TRUE(ends(made.process));
  EXPECT_TRUE(ends(child.process));
  call(made.task, test_device_give);
  EXPECT_TRUE(backend_->lost().value_or("").starts_with("frame ")) << backend_->lost().value_or("");
}

TEST_P(AgentProgram, WatchedProcessThatEndsLosesTheInstance) {
  start("--watch 4194303");
  const NewTask made = spawn();
  const auto gone = backend_->lost();
  EXPECT_FALSE(gone) << *gone;
  call(made.task, test_device_sleep);
  EXPECT_EQ(backend_->lost().value_or(""),
            "the agent says: process 4194303, which works for calls, has ended");
}

TEST_P(AgentProgram, ResetEndsAllAndTheConversationGoesOn) {
  auto stream = start_agent_program({"/bin/sh", "-c", command_of(GetParam())});
  ASSERT_TRUE(stream) << stream.error();
  AgentSession session(*std::move(stream), {});
  ASSERT_TRUE(begin_conversation(session));
  const auto made = session.give(AgentOrder::spawn, {0, 0});
  ASSERT_TRUE(made) << *session.lost();
  ASSERT_TRUE(session.give(AgentOrder::reset, {})) << *session.lost();
  EXPECT_TRUE(ends(static_cast<std::uint32_t>(made->words[1])));
  EXPECT_TRUE(session.give(AgentOrder::spawn, {0, 0})) << *session.lost();
  EXPECT_FALSE(session.give(AgentOrder::open, {made->words[2]}));
  EXPECT_EQ(*session.lost(), "the agent says: an order `open` is for task " +
                                 std::to_string(made->words[2]) + ", which is not there");
}

TEST_P(AgentProgram, NextInstanceIsFresh) {
  const NewTask made = spawn();
  backend_ = factory_->create();
  ASSERT_EQ(backend_->lost().value_or(""), "");
  EXPECT_TRUE(ends(made.process));
  expect_done(call(spawn().task, test_device_give, 2), 2);
}

}  // namespace
}  // namespace touchstone
