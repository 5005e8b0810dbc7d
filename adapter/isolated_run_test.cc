// Runs whose backend crashes, hangs, exits or prints, and what the harness has in hand afterwards.
#include "adapter/isolated_run.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace touchstone {
namespace {

using Kind = Outcome::Kind;
using namespace std::chrono_literals;

// What goes wrong, and when.
struct Trouble {
  std::size_t step = 0;  // counted from 0
  std::function<void()> in_step = [] {};
  std::function<void()> in_create = [] {};
  std::function<void()> in_destroy = [] {};
  std::optional<std::string> lost_in_step;
};

// Knows spawn only.
class TroubledBackend : public Backend {
 public:
  explicit TroubledBackend(const Trouble& trouble) : trouble_(trouble) {}
  ~TroubledBackend() override { trouble_.in_destroy(); }
  const BackendInfo& info() const override { return info_; }
  OrErrno<NewTask> spawn(std::uint32_t, std::uint32_t) override {
    if (spawned_ == trouble_.step) {
      trouble_.in_step();
      lost_ = trouble_.lost_in_step;
    }
    ++spawned_;
    return NewTask{spawned_, spawned_};
  }
  std::optional<std::string> lost() const override { return lost_; }

  void reuse_ids() override {}
  OrErrno<NewTask> fork(std::uint32_t) override { return NewTask{}; }
  OrErrno<std::uint32_t> create_thread(std::uint32_t) override { return 0; }
  OrErrno<void> exit_task(std::uint32_t) override { return {}; }
  OrErrno<void> exit_process(std::uint32_t) override { return {}; }
  OrErrno<void> exec(std::uint32_t) override { return {}; }
  OrErrno<void> open(std::uint32_t) override { return {}; }
  OrErrno<void> close(std::uint32_t) override { return {}; }
  OrErrno<std::uint64_t> mmap(std::uint32_t, std::uint64_t, std::uint32_t, std::uint32_t) override {
    return 0;
  }
  OrErrno<void> munmap(std::uint32_t) override { return {}; }
  Completion ioctl(std::uint32_t, std::uint64_t, std::uint64_t) override { return {}; }
  Completion poll(std::uint32_t) override { return {}; }
  Region scratch(std::uint32_t) override { return {0x10000000, 65536}; }
  bool read(std::uint32_t, std::uint64_t, std::span<std::byte>) override { return true; }
  bool write(std::uint32_t, std::uint64_t, std::span<const std::byte>) override { return true; }
  void advance(std::uint64_t) override {}
  void inject_alloc_failure(std::uint32_t) override {}
  OrErrno<std::uint32_t> open_descriptor(std::uint32_t) override { return 3; }
  std::optional<std::uint64_t> descriptor_identity(std::uint32_t, std::uint32_t) override {
    return std::nullopt;
  }
  std::uint32_t descriptor_count(std::uint32_t) override { return 0; }

 private:
  const Trouble& trouble_;
  BackendInfo info_;
  std::uint32_t spawned_ = 0;
  std::optional<std::string> lost_;
};

class TroubledFactory : public BackendFactory {
 public:
  explicit TroubledFactory(Trouble trouble) : trouble_(std::move(trouble)) {}
  const BackendInfo& info() const override { return info_; }
  bool needs_isolation() const override { return true; }
  std::unique_ptr<Backend> create() override {
    trouble_.in_create();
    return std::make_unique<TroubledBackend>(trouble_);
  }

 private:
  Trouble trouble_;
  BackendInfo info_;
};

Program five_spawns() {
  Program program;
  for (std::uint32_t number = 1; number <= 5; ++number) {
    Step step;
    step.operation = Spawn{.process = ProcessName{number}, .task = TaskName{number}};
    program.steps.push_back(step);
  }
  return program;
}

IsolatedResult run(Trouble trouble, const IsolationOptions& options = {}) {
  TroubledFactory factory(std::move(trouble));
  return run_isolated(five_spawns(), factory, options);
}

IsolatedResult run_with(std::function<void()> in_third_step, const IsolationOptions& options = {}) {
  Trouble trouble;
  trouble.step = 2;
  trouble.in_step = std::move(in_third_step);
  return run(std::move(trouble), options);
}

void expect_bad_third_step(const IsolatedResult& result, Kind kind) {
  ASSERT_EQ(result.outcomes.size(), 3u);
  EXPECT_EQ(result.outcomes[0].kind, Kind::value);
  EXPECT_EQ(result.outcomes[1].kind, Kind::value);
  EXPECT_EQ(result.outcomes[2].kind, kind);
}

[[noreturn]] void loop_for_ever() {
  for (volatile bool on = true; on;) {
  }
  std::abort();
}

std::ptrdiff_t open_descriptors() {
  const std::filesystem::directory_iterator list("/proc/self/fd");
  return std::distance(begin(list), end(list));
}

TEST(IsolatedRun, GivesOneOutcomeForEachStepWhenAllIsWell) {
  const IsolatedResult result = run({});
  ASSERT_EQ(result.outcomes.size(), 5u);
  for (const Outcome& outcome : result.outcomes) EXPECT_EQ(outcome.kind, Kind::value);
  EXPECT_EQ(result.captured_stderr, "");
}

TEST(IsolatedRun, ReportsACrashAtItsStepWithSignalAndLastWords) {
  const IsolatedResult result = run_with([] {
    std::fputs("last words\n", stderr);
    std::abort();
  });
  expect_bad_third_step(result, Kind::crash);
  EXPECT_EQ(result.outcomes.back().reason, "SIGABRT");
  EXPECT_EQ(result.captured_stderr, "last words\n");
}

TEST(IsolatedRun, ReportsABadAccessAsACrash) {
  const IsolatedResult result = run_with([] {
    int* volatile nowhere = nullptr;
    *const_cast<volatile int*>(nowhere) = 1;
  });
  expect_bad_third_step(result, Kind::crash);
  // By signal, or by the summary of a sanitizer.
  EXPECT_TRUE(result.outcomes.back().reason.find("SIGSEGV") != std::string::npos ||
              result.outcomes.back().reason.find("SUMMARY: ") != std::string::npos)
      << result.outcomes.back().reason;
}

TEST(IsolatedRun, ReportsAnExitAsACrashWithItsStatus) {
  for (const int status : {0, 3}) {
    const IsolatedResult result = run_with([status] { std::exit(status); });
    expect_bad_third_step(result, Kind::crash);
    EXPECT_EQ(result.outcomes.back().reason, "exit status " + std::to_string(status));
  }
}

TEST(IsolatedRun, EndsAHangAtTheLimit) {
  const IsolatedResult result = run_with(loop_for_ever, {.step_time_max = 400ms});
  expect_bad_third_step(result, Kind::hang);
  EXPECT_EQ(result.outcomes.back().reason, "no answer in 400 ms");
}

TEST(IsolatedRun, TakesPrintingForNoProgress) {
  const IsolatedResult result = run_with(
      [] {
        while (true) std::puts("still at it");
      },
      {.step_time_max = 400ms, .captured_lines_max = 3});
  expect_bad_third_step(result, Kind::hang);
  const auto& text = result.captured_stderr;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3) << text;
}

TEST(IsolatedRun, CapturesGarbageOnStdoutWithoutHarm) {
  const IsolatedResult result = run_with([] {
    for (int byte = 0; byte < 256; ++byte) std::putchar(byte);
    std::printf("caf\xc3\xa9\n");
  });
  ASSERT_EQ(result.outcomes.size(), 5u);
  EXPECT_EQ(result.outcomes.back().kind, Kind::value);
  EXPECT_NE(result.captured_stderr.find("???caf\xc3\xa9\n"), std::string::npos);
  EXPECT_EQ(result.captured_stderr.find('\0'), std::string::npos);
}

TEST(IsolatedRun, CountsACrashWhileTheBackendIsMadeAsTheFirstSteps) {
  Trouble trouble;
  trouble.in_create = [] { std::abort(); };
  const IsolatedResult result = run(std::move(trouble));
  ASSERT_EQ(result.outcomes.size(), 1u);
  EXPECT_EQ(result.outcomes[0].kind, Kind::crash);
  EXPECT_EQ(result.outcomes[0].reason, "SIGABRT (before the first step)");
}

TEST(IsolatedRun, CountsACrashWhileTheBackendIsTakenDownAsTheLastSteps) {
  Trouble trouble;
  trouble.in_destroy = [] { std::abort(); };
  const IsolatedResult result = run(std::move(trouble));
  ASSERT_EQ(result.outcomes.size(), 5u);
  EXPECT_EQ(result.outcomes[3].kind, Kind::value);
  EXPECT_EQ(result.outcomes[4].kind, Kind::crash);
  EXPECT_EQ(result.outcomes[4].reason, "SIGABRT (after the last step)");
}

TEST(IsolatedRun, EndsWithTheStepThatLostTheBackend) {
  Trouble trouble;
  trouble.step = 1;
  trouble.lost_in_step = "the cable is out";
  const IsolatedResult result = run(std::move(trouble));
  ASSERT_EQ(result.outcomes.size(), 2u);
  EXPECT_EQ(result.outcomes[1].kind, Kind::lost);
  EXPECT_EQ(result.outcomes[1].reason, "the cable is out");
}

TEST(IsolatedRun, IsNotHeldUpByWhatTheChildStarted) {
  const IsolatedResult result = run_with(
      [] {
        if (::fork() == 0) {
          while (true) ::pause();
        }
        std::abort();
      },
      {.step_time_max = 60s});
  expect_bad_third_step(result, Kind::crash);
}

TEST(IsolatedRun, SaysSoWhenTheChildClosedEverything) {
  const IsolatedResult result = run_with([] { ::close_range(0, ~0u, 0); });
  expect_bad_third_step(result, Kind::crash);
  EXPECT_EQ(result.outcomes.back().reason, "closed the harness's pipe");
}

TEST(IsolatedRun, LeavesNoDescriptorAndNoChildBehind) {
  const auto before = open_descriptors();
  for (int round = 0; round < 5; ++round) {
    run({});
    run_with([] { std::abort(); });
    run_with(loop_for_ever, {.step_time_max = 5ms});
  }
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST(IsolatedRun, GoesOnWhenTheHarnessIsInterrupted) {
  struct sigaction noted{};
  noted.sa_handler = [](int) {};  // and no SA_RESTART: every call is interrupted
  struct sigaction before{};
  ::sigaction(SIGALRM, &noted, &before);
  const itimerval often{{0, 500}, {0, 500}};
  ::setitimer(ITIMER_REAL, &often, nullptr);
  const IsolatedResult well = run({});
  const IsolatedResult hung = run_with(loop_for_ever, {.step_time_max = 400ms});
  const itimerval never{};
  ::setitimer(ITIMER_REAL, &never, nullptr);
  ::sigaction(SIGALRM, &before, nullptr);
  EXPECT_EQ(well.outcomes.size(), 5u);
  expect_bad_third_step(hung, Kind::hang);
}

}  // namespace
}  // namespace touchstone
