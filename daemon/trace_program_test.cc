// Traces of programs, and a service manager of the daemon's own: liteipcd and liteipcctl as they
// are run.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "daemon/client/lite_ipc.h"
#include "daemon/client/testing/messages.h"
#include "daemon/client/testing/programs.h"
#include "daemon/service_manager_task.h"
#include "daemon/trace_test_support.h"

namespace touchstone::client {
namespace {

class TraceProgram : public testing::Test {
 protected:
  Program trace(Words options = {}) const {
    Words words{LITEIPCCTL, "--socket", daemon_.socket(), "--json", "trace"};
    words.insert(words.end(), options.begin(), options.end());
    return Program(words);
  }
  static Program run(const std::string& program, Words options) {
    options.insert(options.begin(), LITE_IPC_BUILD "/lib/unmodified/" + program);
    return Program(options, {"LD_PRELOAD=" LITE_IPC_BUILD "/lib/liblite_ipc_preload.so"});
  }
  static Program run_server(const Words& options = {}) {
    Program server = run("echo_server", options);
    EXPECT_EQ(server.line(), "ready");
    return server;
  }
  // The first line with that in it.
  static std::string line_with(const Program& program, const std::string& text) {
    std::string line = program.line();
    while (!line.empty() && !line.contains(text)) line = program.line();
    return line;
  }
  std::string case_file() const { return (daemon_.folder() / "all.case").string(); }
  std::vector<std::string> played_case() const {
    std::ifstream file(case_file());
    return daemon::played({std::istreambuf_iterator<char>(file), {}});
  }

  Daemon daemon_{"lp64"};
};

TEST_F(TraceProgram, SavesWhatProgramsDidAsACaseThatPlaysToTheSame) {
  Program trace = this->trace({"--case", case_file()});
  ASSERT_NE(line_with(trace, "\"trace\""), "");
  const Program server = run_server({"--count=100"});
  Program client = run("echo_client", {"--count=100", "--watch", "--wait"});
  EXPECT_NE(line_with(trace, "\"P3 exit\""), "");  // of the client, the last one to go
  EXPECT_EQ(client.wait(), 3);
  EXPECT_EQ(trace.end(SIGINT), 0);
  const std::vector<std::string> steps = played_case();
  EXPECT_GT(steps.size(), 400u);
  for (const std::string& step : steps) EXPECT_FALSE(step.contains(" BUT ")) << step;
}

TEST_F(TraceProgram, ShowsWhatClientsDoThatAreThereAlready) {
  const Program server = run_server();
  Program client = run("echo_client", {"--count=1000000"});
  Program trace = this->trace();
  const std::string line = line_with(trace, "\"step\":\"T12 send+free+recv request to=T11");
  EXPECT_TRUE(line.contains("\"pid\":" + std::to_string(client.pid()))) << line;
  EXPECT_EQ(trace.end(SIGTERM), 0);
  EXPECT_EQ(this->trace({"--case", case_file()}).wait(), 3);
  EXPECT_FALSE(std::filesystem::exists(case_file()));
}

TEST_F(TraceProgram, HoldsNobodyUpWhereItIsNotReadAndEndsAllTheSame) {
  Program trace = this->trace();  // its pipe is full soon
  ASSERT_NE(trace.line(), "");
  const Program server = run_server();
  Program client = run("echo_client", {"--count=1500", "--bytes=4000"});
  EXPECT_EQ(client.wait(), 0);
  EXPECT_EQ(trace.end(SIGTERM), 0);
}

TEST_F(TraceProgram, SavesWhatItSawOfADaemonThatEnds) {
  Program trace = this->trace({"--case", case_file()});
  ASSERT_NE(line_with(trace, "\"trace\""), "");
  const Program server = run_server();
  ASSERT_NE(line_with(trace, "T10 set_ipc_thread"), "");
  daemon_.stop();
  EXPECT_EQ(trace.wait(), 0);
  EXPECT_GT(played_case().size(), 4u);
}

// A process of its own, with the device open and mapped.
class Device {
 public:
  Device() : device_(lite_ipc_open(nullptr, O_RDWR | O_CLOEXEC)) {
    EXPECT_NE(lite_ipc_mmap(nullptr, 65536, PROT_READ, MAP_PRIVATE, device_, 0), MAP_FAILED);
  }
  std::vector<std::byte> ask(const services::Parcel& request) const {
    Send send(request.data);
    send.message.code = services::manager_code;
    send.content.flag |= TOUCHSTONE_RECV;
    EXPECT_EQ(lite_ipc_ioctl(device_, LITE_IPC_SEND_RECEIVE, address_of(&send.content)), 0);
    const auto* message = reinterpret_cast<const lite_ipc_message*>(send.content.in_message);
    const auto* data = reinterpret_cast<const std::byte*>(message->data);
    return {data, data + message->data_size};
  }

 private:
  int device_;
};

services::Parcel camera_request(std::uint32_t option) {
  services::FieldWriter request(services::DataModel::lp64);
  request.number(1).number(option).text("camera").truth(true);
  if (option == 2) request.number(77);
  return request.finish();
}

TEST_F(TraceProgram, ServiceManagerOfTheDaemonGivesServicesToOthers) {
  daemon_.stop(SIGTERM);
  const std::string user = std::to_string(getuid());
  std::ofstream(daemon_.folder() / "services")
      << "register uid=" << user << " service=camera\nreach uid=" << user << " service=camera\n";
  std::ofstream(daemon_.folder() / "liteipcd.toml")
      << "log_level = \"error\"\n[service_manager]\nbindings = \"services\"\n";
  daemon_.start();
  int registered[2], over[2];
  ASSERT_TRUE(pipe(registered) == 0 && pipe(over) == 0);
  char byte = 'x';
  const pid_t camera = start_process([&] {
    const Device device;
    services::FieldWriter post(services::DataModel::lp64);
    device.ask(post.number(0).number(1).finish());
    EXPECT_EQ(kernel::load32(device.ask(camera_request(2)), 0), 0u);
    EXPECT_EQ(write(registered[1], &byte, 1), 1);
    EXPECT_EQ(read(over[0], &byte, 1), 1);
  });
  EXPECT_EQ(read(registered[0], &byte, 1), 1);
  in_process([] {
    const auto answer = Device().ask(camera_request(0));
    ASSERT_EQ(answer.size(), 28u);  // the code, the service
    EXPECT_EQ(kernel::load32(answer, 0), 0u);
    EXPECT_EQ(kernel::load32(answer, 16), 77u);
  });
  EXPECT_EQ(write(over[1], &byte, 1), 1);
  expect_success(camera);
}

}  // namespace
}  // namespace touchstone::client
