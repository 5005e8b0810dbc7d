#include "conformance/runner.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <utility>

#include "adapter/backends/reference_backend.h"
#include "adapter/forwarding_backend.h"
#include "conformance/test_support.h"

namespace touchstone {
namespace {

// The reference in a machine that can be made only so many times.
class FailingFactory final : public BackendFactory {
 public:
  FailingFactory(int machines, BackendInfo info) : machines_(machines), info_(std::move(info)) {}

  const BackendInfo& info() const override { return info_; }
  bool needs_isolation() const override { return false; }
  std::unique_ptr<Backend> create() override {
    if (machines_-- <= 0) return nullptr;
    return make_reference({});
  }

 private:
  int machines_;
  BackendInfo info_;
};

CaseFile file_of(const std::string& name, const std::string& text) {
  const std::string path = "it's a/" + name + ".case";
  return {"device/" + name, path, path, "device", case_of(text)};
}

// The reference in real time, on a machine that stands still in the first waits that are played.
class LateBackend final : public ForwardingBackend {
 public:
  LateBackend(const BackendInfo& info, bool is_late, bool is_wrong)
      : ForwardingBackend(make_reference({})),
        info_(info),
        is_late_(is_late),
        is_wrong_(is_wrong) {}
  const BackendInfo& info() const override { return info_; }
  Completion ioctl(std::uint32_t task, std::uint64_t command, std::uint64_t argument) override {
    const Completion right = ForwardingBackend::ioctl(task, command, argument);
    return is_wrong_ && !right.blocked ? Completion{false, -99, ""} : right;
  }
  void advance(std::uint64_t nanoseconds) override {
    constexpr int beyond_limit_ms = 5100;
    if (is_late_) ::poll(nullptr, 0, beyond_limit_ms);  // what is waited for is the time itself
    ForwardingBackend::advance(is_late_ ? beyond_limit_ms * std::uint64_t{1000000} : nanoseconds);
  }

 private:
  const BackendInfo& info_;
  const bool is_late_, is_wrong_;
};

class LateFactory final : public BackendFactory {
 public:
  LateFactory(int late, bool is_wrong) : late_(late), is_wrong_(is_wrong) {
    info_.real_time = true;
    info_.capabilities &= ~static_cast<std::uint32_t>(Capability::virtual_time);
  }
  const BackendInfo& info() const override { return info_; }
  bool needs_isolation() const override { return false; }
  std::unique_ptr<Backend> create() override {
    return std::make_unique<LateBackend>(info_, made_++ < late_, is_wrong_);
  }
  int made() const { return made_; }

 private:
  BackendInfo info_ = make_reference({})->info();
  const int late_;
  const bool is_wrong_;
  int made_ = 0;
};

class RunnerTest : public testing::Test {
 protected:
  RunResult run(const std::vector<CaseFile>& cases, const RunOptions& options = {}) {
    RunResult result;
    run_cases(
        cases, backend_, Judge(real_catalogue(), profile_), options,
        [this](const CaseResult& one) { seen_.push_back(one.id); }, result);
    return result;
  }
  void use(int machines, std::uint32_t capabilities) {
    BackendInfo info = make_reference({})->info();
    info.capabilities = capabilities;
    backend_ = {"plugin:a b.so", std::make_unique<FailingFactory>(machines, info), false};
  }

  Profile profile_ = real_profile("");
  OpenBackend backend_ = *open_backend("reference", DataModel::ilp32);
  std::vector<std::string> seen_;
};

const std::string holding = plain_case("P1 spawn T1 uid=0 gid=0 -> 0\nT1 open -> 0\n");
const std::string forking = plain_case("P1 spawn T1 uid=0 gid=0 -> 0\nT1 fork P2 T2 -> 0\n");
const std::string silent = plain_case("P1 spawn T1 uid=0 gid=0\nT1 open\n");

TEST_F(RunnerTest, KeepsEachStepWithExpectedAndGot) {
  const RunResult result = run({file_of("open", holding)});
  ASSERT_EQ(result.cases.size(), 1u);
  EXPECT_EQ(result.cases[0].verdict, Verdict::pass);
  EXPECT_EQ(result.cases[0].steps,
            (std::vector<StepResult>{{6, "P1 spawn T1 uid=0 gid=0", "0", "0"},
                                     {7, "T1 open", "0", "0"}}));
  EXPECT_EQ(result.cases[0].clauses, std::vector<std::string>{"MSG-31"});
  EXPECT_EQ(seen_, std::vector<std::string>{"device/open"});
}

TEST_F(RunnerTest, DoesNotRunOrFailWhatIsUnsupported) {
  use(0, 0);
  const RunResult result = run({file_of("fork", forking)});
  EXPECT_EQ(result.cases[0].verdict, Verdict::unsupported);
  EXPECT_EQ(result.cases[0].missing, std::vector<std::string>{"fork"});
  EXPECT_TRUE(result.lost.empty());
}

TEST_F(RunnerTest, FailsWhatLacksARequiredCapability) {
  use(1, 0);
  const RunResult result = run({file_of("fork", forking)}, {.required = {"fork"}});
  EXPECT_EQ(result.cases[0].verdict, Verdict::fail);
  EXPECT_NE(result.cases[0].reason.find("--require"), std::string::npos);
}

TEST_F(RunnerTest, EndsWhenTheBackendIsLost) {
  use(1, 0x1ff);
  const RunResult result =
      run({file_of("a", holding), file_of("b", holding), file_of("c", holding)});
  ASSERT_EQ(result.cases.size(), 2u);
  EXPECT_EQ(result.cases[0].verdict, Verdict::pass);
  EXPECT_EQ(result.cases[1].verdict, Verdict::backend_lost);
  EXPECT_FALSE(result.lost.empty());
  EXPECT_EQ(exit_status(result), ExitStatus::backend_unusable);
}

TEST_F(RunnerTest, GivesALineThatAShellReadsAsMeant) {
  use(1, 0x1ff);
  const RunResult result = run({file_of("a", holding)}, {.replay_flags = " --profile p"});
  EXPECT_EQ(result.cases[0].replay,
            "touchstone replay 'it'\\''s a/a.case' --backend 'plugin:a b.so' --profile p");
}

TEST_F(RunnerTest, JudgesRecordingsWithoutABackend) {
  RunResult result;
  judge_recordings(
      {file_of("a", holding), file_of("b", plain_case("P1 spawn T1 uid=0 gid=0 -> 7\n"))},
      Judge(real_catalogue(), profile_), {}, [](const CaseResult&) {}, result);
  ASSERT_EQ(result.cases.size(), 2u);
  EXPECT_EQ(result.cases[0].verdict, Verdict::pass);
  EXPECT_EQ(result.cases[1].verdict, Verdict::fail);
  EXPECT_EQ(deciding_clause(result.cases[1]), "LIF-1");
}

TEST(OpenBackend, KnowsTheReferenceInBothDataModels) {
  const auto model_of = [](const std::string& given, DataModel data_model) {
    const auto backend = open_backend(given, data_model);
    EXPECT_TRUE(backend) << given;
    EXPECT_TRUE(backend->is_reference);
    return backend->factory->info().data_model;
  };
  EXPECT_EQ(model_of("reference", DataModel::lp64), DataModel::lp64);
  EXPECT_EQ(model_of("reference:ilp32", DataModel::lp64), DataModel::ilp32);
  EXPECT_EQ(model_of("reference:lp64", DataModel::ilp32), DataModel::lp64);
}

TEST(OpenBackend, TellsWrongWordsFromABackendThatCannotBeUsed) {
  for (const std::string given :
       {"", "referenz", "plugin:", "device:", "agent:", "agent:tcp:here"}) {
    const auto backend = open_backend(given, DataModel::ilp32);
    ASSERT_FALSE(backend) << given;
    EXPECT_TRUE(backend.error().is_usage) << given;
  }
  const auto absent = open_backend("plugin:/nowhere/absent.so", DataModel::ilp32);
  ASSERT_FALSE(absent);
  EXPECT_FALSE(absent.error().is_usage);
  EXPECT_NE(absent.error().text.find("absent.so"), std::string::npos);
  const auto no_device = open_backend("device:/nowhere/lite_ipc", DataModel::ilp32);
  ASSERT_FALSE(no_device);
  EXPECT_FALSE(no_device.error().is_usage);
}

const std::string waiting = plain_case(
    "P1 spawn T1 uid=0 gid=0 -> 0\nT1 open -> 0\nT1 mmap 4096 prot=read flags=private -> 0\n"
    "T1 set_cms 4096 -> 0\nP2 spawn T2 uid=0 gid=0 -> 0\nT2 open -> 0\n"
    "T2 mmap 4096 prot=read flags=private -> 0\nT2 send+recv request to=cms -> blocked\n"
    "advance 4000ms -> 0\nT2 poll -> blocked\n");

class LateRunnerTest : public RunnerTest {
 protected:
  // The verdict, and how often it was played, where the first time is late.
  std::pair<Verdict, int> run_late(bool is_wrong) {
    auto factory = std::make_unique<LateFactory>(1, is_wrong);
    const LateFactory& played_on = *factory;
    backend_ = {"device:x", std::move(factory), false};
    const Verdict verdict = run({file_of("waits", waiting)}).cases[0].verdict;
    return {verdict, played_on.made()};
  }
};

TEST_F(LateRunnerTest, PlaysAgainWhatItLookedAtTooLate) {
  EXPECT_EQ(run_late(false), std::pair(Verdict::pass, 2));
}

// What was wrong before stays wrong: the next time it might not show.
TEST_F(LateRunnerTest, KeepsADifferenceThatCameBeforeItWasLate) {
  EXPECT_EQ(run_late(true), std::pair(Verdict::fail, 1));
}

}  // namespace
}  // namespace touchstone
