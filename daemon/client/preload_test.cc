// Programs that know nothing of a library, run with it preloaded: those that use the device, in
// both data models, and those that do not.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <time.h>

#include <filesystem>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "daemon/client/testing/programs.h"

namespace touchstone::client {
namespace {

struct DataModel {
  std::string name;    // as the daemon's config says it
  std::string folder;  // of the build
};

std::vector<DataModel> data_models() {
  std::vector<DataModel> all{{"lp64", "lib"}};
#ifdef LITE_IPC_HAS_ILP32
  all.push_back({"ilp32", "lib32"});
#endif
  return all;
}

Words preloaded(const std::string& folder) {
  return {"LD_PRELOAD=" LITE_IPC_BUILD "/" + folder + "/liblite_ipc_preload.so"};
}

class Unmodified : public testing::TestWithParam<DataModel> {
 protected:
  Program run(const char* program, Words options) const {
    options.insert(options.begin(),
                   LITE_IPC_BUILD "/" + GetParam().folder + "/unmodified/" + program);
    return Program(options, preloaded(GetParam().folder));
  }
  Program run_server(const Words& options = {}) const {
    Program server = run("echo_server", options);
    EXPECT_EQ(server.line(), "ready");
    return server;
  }

  const Daemon daemon_{GetParam().name};
};

std::size_t descriptors_of(pid_t process) {
  const std::filesystem::directory_iterator all("/proc/" + std::to_string(process) + "/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

// Returns where the condition holds in the end; else the test's time is over.
template <typename Condition>
void wait_until(Condition condition) {
  while (!condition()) sched_yield();
}

void let_pass(std::uint64_t ns) {
  const auto now = [] {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1000000000u +
           static_cast<std::uint64_t>(time.tv_nsec);
  };
  const std::uint64_t start = now();
  wait_until([&] { return now() - start >= ns; });
}

TEST_P(Unmodified, ProgramsExchangeMessagesAndEverySumIsRight) {
  const std::size_t before = descriptors_of(daemon_.pid());
  Program server = run_server();
  Program first = run("echo_client", {"--count=25000", "--seed=1"});
  Program second = run("echo_client", {"--count=25000", "--seed=2", "--watch"});
  EXPECT_TRUE(first.line().starts_with("answered=25000 "));
  EXPECT_TRUE(second.line().starts_with("answered=25000 "));
  EXPECT_EQ(first.wait(), 0);
  EXPECT_EQ(second.wait(), 0);
  EXPECT_EQ(server.end(SIGKILL), -SIGKILL);
  wait_until([&] { return descriptors_of(daemon_.pid()) <= before; });
}

TEST_P(Unmodified, ProgramsExchangeMessagesOfEverySize) {
  const Program server = run_server();
  for (const char* bytes : {"--bytes=0", "--bytes=1", "--bytes=4095", "--bytes=6144"}) {
    EXPECT_EQ(run("echo_client", {"--count=20", bytes}).wait(), 0) << bytes;
  }
}

TEST_P(Unmodified, ClientIsToldWhenTheServiceEnds) {
  const Program manager = run_server({"--manager"});
  Program service = run_server({"--service", "--count=10"});
  Program client = run("echo_client", {"--count=10", "--watch", "--wait"});
  EXPECT_TRUE(client.line().starts_with("answered=10 round_trip_ns="));
  EXPECT_EQ(client.line(), "answered=10 gone=notice");
  EXPECT_EQ(client.wait(), 3);
  EXPECT_EQ(service.wait(), 0);
}

// The service is killed at a random moment of its first 15 ms with two clients; they always learn
// of it, and the daemon keeps nothing of theirs.
TEST_P(Unmodified, ClientsNeverHangWhenTheServiceIsKilled) {
  std::mt19937 random(20);
  const Program manager = run_server({"--manager"});
  const std::size_t before = descriptors_of(daemon_.pid());
  for (int round = 0; round < 50; ++round) {
    Program service = run_server({"--service"});
    Program first = run("echo_client", {"--count=1000000", "--watch"});
    Program second = run("echo_client", {"--count=1000000", "--watch"});
    let_pass(random() % 15000000);
    service.end(SIGKILL);
    ASSERT_EQ(first.wait(), 3) << "round " << round << ": " << first.line();
    ASSERT_EQ(second.wait(), 3) << "round " << round << ": " << second.line();
    wait_until([&] { return descriptors_of(daemon_.pid()) <= before; });
  }
}

INSTANTIATE_TEST_SUITE_P(Preload, Unmodified, testing::ValuesIn(data_models()),
                         [](const auto& about) { return about.param.name; });

// What a program prints and returns that has nothing to do with the device.
std::string told_by(const Words& words, const Words& environment) {
  Program program(words, environment);
  std::string text;
  for (std::string line = program.line(); !line.empty(); line = program.line()) text += line + "\n";
  return text + std::to_string(program.wait());
}

TEST(Preload, ChangesNothingForOtherPrograms) {
  const std::vector<Words> programs{{"/bin/cat", "/proc/version", "/nowhere", "/etc/passwd"},
                                    {"/bin/dd", "if=/dev/zero", "bs=9", "count=1", "status=none"},
                                    {"/bin/stty", "-F", "/dev/null"},
                                    {"/bin/sh", "-c", "exec 9>/dev/null; echo $$ >&9; echo said"}};
  for (const Words& words : programs) {
    EXPECT_EQ(told_by(words, preloaded("lib")), told_by(words, {})) << words[0];
  }
}

TEST(Preload, HidesItsOwnConnections) {
  const Daemon daemon;
  Program server({LITE_IPC_BUILD "/lib/unmodified/echo_server"}, preloaded("lib"));
  ASSERT_EQ(server.line(), "ready");
  int own = 0;  // beside what it has inherited: the device
  for (const auto& file :
       std::filesystem::directory_iterator("/proc/" + std::to_string(server.pid()) + "/fd")) {
    const int number = std::stoi(file.path().filename().string());
    const bool is_inherited = fcntl(number, F_GETFD) == 0;
    if (number < 512 && !is_inherited) ++own;
  }
  EXPECT_LE(own, 1);
}

}  // namespace
}  // namespace touchstone::client
