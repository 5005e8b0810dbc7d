// The agent plays cases of the suite with real processes and threads, on the reference as a device,
// and the judge holds them; on a device that is wrong it does not.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "adapter/backends/agent_factory.h"
#include "adapter/executor.h"
#include "conformance/case_file.h"
#include "conformance/judge.h"
#include "conformance/reproduce/fake_device/fake_device.h"
#include "conformance/support.h"
#include "conformance/test_support.h"

namespace touchstone {
namespace {

// Every one of so many cases is played; with $TOUCHSTONE_EVERY_AGENT_CASE set, every one.
constexpr std::size_t cases_between = 5;
constexpr const char* narrow = " -m32 -idirafter /usr/include/x86_64-linux-gnu";

// The agent for one data model, with the fake device in the place of a device file.
class Agent {
 public:
  explicit Agent(kernel::DataModel model) : model_(model) {
    const std::string root = source_folder().string();
    const std::string command = "cc -std=c11 -Wall -Werror -pthread -I '" + root + "' -I '" + root +
                                "/include'" + (model == kernel::DataModel::ilp32 ? narrow : "") +
                                " $(ls '" + root + "'/agent/*.c | grep -v /device.c) '" + root +
                                "/conformance/reproduce/fake_device/agent_device.c' -o " +
                                path("agent");
    EXPECT_EQ(::system(command.c_str()), 0) << command;
  }

  // A device with a file of its own, and its name.
  std::unique_ptr<fake::Device> device(const kernel::Quirks& quirks = {}) {
    name_ = path("device") + std::to_string(count_++);
    return std::make_unique<fake::Device>(name_, model_, quirks, false);
  }

  // On the device that was made last, which runs in this process.
  std::unique_ptr<BackendFactory> factory() const {
    auto opened = open_agent("agent:exec:" + path("agent") + " --device " + name_ + " --watch " +
                             std::to_string(::getpid()) + " --capabilities " + capabilities());
    EXPECT_TRUE(opened) << opened.error();
    return opened ? *std::move(opened) : nullptr;
  }

 private:
  // Of the reference on Linux: a descriptor counts with its receiver from the send on.
  std::string capabilities() const {
    std::string words = "fork,exec,fd,fd-identity,fd-count";
    if (::geteuid() == 0) words += ",credentials";
    if (model_ == kernel::DataModel::lp64) words += ",user-range";
    return words;
  }

  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }

  const kernel::DataModel model_;
  TempFolder folder_;
  std::string name_;
  int count_ = 0;
};

const Judge& judge() {
  static const Profile none;
  static const Judge judge(real_catalogue(), none);
  return judge;
}

Ruling ruling_of(const Program& program, BackendFactory& factory, bool in_real_time = false) {
  const auto backend = factory.create();
  const std::vector<Outcome> outcomes =
      in_real_time ? execute(program, *backend) : execute(program, *backend);
  const BackendInfo& info = backend->info();
  return judge().judge_run(program, outcomes,
                           {info.data_model, info.has(Capability::credentials), false});
}

Program suite_case(const std::string& id) {
  auto program = read_case(source_folder() / "conformance/cases" / (id + ".case"));
  EXPECT_TRUE(program) << program.error();
  return program ? *std::move(program) : Program{};
}

std::vector<std::filesystem::path> suite() {
  std::vector<std::filesystem::path> paths;
  const auto folder = source_folder() / "conformance/cases";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".case") paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  return paths;
}

bool lets_time_pass(const Program& program) {
  return std::ranges::any_of(program.steps, [](const Step& step) {
    return std::holds_alternative<Advance>(step.operation);
  });
}

void expect_suite_holds(kernel::DataModel model) {
  Agent agent(model);
  const std::size_t step = ::getenv("TOUCHSTONE_EVERY_AGENT_CASE") != nullptr ? 1 : cases_between;
  const std::vector<std::filesystem::path> paths = suite();
  std::size_t played = 0;
  for (std::size_t index = 0; index < paths.size(); index += step) {
    const auto program = read_case(paths[index]);
    ASSERT_TRUE(program) << program.error();
    if (lets_time_pass(*program)) continue;  // below
    const auto device = agent.device();
    const auto factory = agent.factory();
    ASSERT_NE(factory, nullptr);
    if (!missing_for(*program, factory->info()).empty()) continue;
    const Ruling ruling = ruling_of(*program, *factory);
    EXPECT_EQ(ruling.verdict, Verdict::pass) << program->header.name << ": " << ruling.reason;
    ++played;
  }
  EXPECT_GT(played, paths.size() / step / 2);
}

TEST(AgentRun, CasesOfTheSuiteHold) { expect_suite_holds(kernel::DataModel::lp64); }

TEST(AgentRun, CasesOfTheSuiteHoldIn32Bits) { expect_suite_holds(kernel::DataModel::ilp32); }

TEST(AgentRun, CasesThatNeedMoreThanCallsHold) {
  Agent agent(kernel::DataModel::lp64);
  for (const char* const id :
       {"lifecycle/fork-by-thread", "lifecycle/fork-tree", "lifecycle/exec-by-thread",
        "lifecycle/exec-kills-sleepers", "lifecycle/exec-in-child", "object/other-reply-undone",
        "limits/received-descriptors", "lifecycle/sleeping-service-is-killed",
        "lifecycle/more-processes-than-places"}) {
    const auto device = agent.device();
    const Ruling ruling = ruling_of(suite_case(id), *agent.factory());
    EXPECT_EQ(ruling.verdict, Verdict::pass) << id << ": " << ruling.reason;
  }
}

TEST(AgentRun, TimePassesForReal) {
  Agent agent(kernel::DataModel::lp64);
  const auto device = agent.device();
  const Ruling ruling = ruling_of(suite_case("receive/call-times-out"), *agent.factory(), true);
  EXPECT_EQ(ruling.verdict, Verdict::pass) << ruling.reason;
}

TEST(AgentRun, WrongDeviceFailsByItsClause) {
  Agent agent(kernel::DataModel::lp64);
  kernel::Quirks quirks;
  quirks.pool_end_is_inside = true;
  const auto device = agent.device(quirks);
  const Program program = case_of(plain_case(two_processes + "T1 free=pool_end -> EINVAL\n"));
  const Ruling ruling = ruling_of(program, *agent.factory());
  EXPECT_EQ(ruling.verdict, Verdict::fail);
  ASSERT_FALSE(ruling.differences.empty());
  EXPECT_EQ(ruling.differences.front().got, "EFAULT");
}

TEST(AgentRun, DeviceThatGoesAwayIsLostAndNoVerdict) {
  Agent agent(kernel::DataModel::lp64);
  auto device = agent.device();
  const auto backend = agent.factory()->create();
  const auto made = backend->spawn(0, 0);
  ASSERT_TRUE(made);
  device.reset();
  backend->open(made->task);
  const std::string reason = backend->lost().value_or("");
  EXPECT_TRUE(reason.starts_with("the agent says: process ")) << reason;
  EXPECT_TRUE(reason.ends_with("ended by itself, status 5")) << reason;
}

}  // namespace
}  // namespace touchstone
