#include "adapter/recorder.h"

#include <gtest/gtest.h>

#include <string>

#include "adapter/backends/reference_backend.h"
#include "adapter/case_text.h"
#include "adapter/executor.h"

namespace touchstone {
namespace {

using Kind = Outcome::Kind;

Program program_of(const std::string& steps) {
  const auto program = parse_case("case: recorded\n\n" + steps);
  EXPECT_TRUE(program) << to_string(program.error(), "recorded");
  return *program;
}

Outcome outcome_of(Kind kind, std::int64_t value = 0) {
  Outcome outcome;
  outcome.kind = kind;
  outcome.value = value;
  return outcome;
}

// The steps' lines of the recording's text.
std::string steps_of(const Program& recording) {
  const std::string text = print_case(recording);
  return text.substr(text.find("\n\n") + 2);
}

TEST(Recorder, ExpectsWhatCameBackAndNothingElse) {
  const Program program = program_of(
      "P1 spawn T1 uid=0 gid=0 -> EINVAL | 0\n"
      "T1 open                 -> 0\n"
      "T1 get_version\n");
  const Program recording = record(
      program, {outcome_of(Kind::value), outcome_of(Kind::error, 12), outcome_of(Kind::blocked)});
  EXPECT_EQ(steps_of(recording),
            "P1 spawn T1 uid=0 gid=0 -> 0\n"
            "T1 open                 -> ENOMEM\n"
            "T1 get_version          -> blocked\n");
}

TEST(Recorder, NamesMessagesAfterTheirLines) {
  const Program program = program_of(
      "P1 spawn T1 uid=0 gid=0 -> 0\n"
      "T1 recv                 -> 0 m5=request to=cms from=T1/P1 uid=0 gid=0 time=t1\n"
      "T1 recv\n");
  Outcome named = program.steps[1].expected.front();
  Outcome unnamed = named;
  unnamed.message.name = unnamed_message;
  const Program recording = record(program, {outcome_of(Kind::value), named, unnamed});
  ASSERT_EQ(recording.steps.size(), 3u);
  const auto name_of = [&](std::size_t step) {
    const MessageName name = recording.steps[step].expected.front().message.name;
    return recording.message_names.at(static_cast<std::size_t>(name));
  };
  EXPECT_EQ(name_of(1), "m5");
  EXPECT_EQ(name_of(2), "m5a");  // line 5 has the name of line 4's message
}

TEST(Recorder, LeavesOutStepsThatWereNotRun) {
  const Program program = program_of(
      "P1 spawn T1 uid=0 gid=0\n"
      "T1 recv       -> 0 m1=request to=cms from=T1/P1 uid=0 gid=0 time=t1\n"
      "T1 free=m1\n"
      "T1 close\n");
  const Program recording = record(program, {outcome_of(Kind::value), outcome_of(Kind::error, 22),
                                             outcome_of(Kind::not_run), outcome_of(Kind::value)});
  EXPECT_EQ(steps_of(recording),
            "P1 spawn T1 uid=0 gid=0 -> 0\n"
            "T1 recv                 -> EINVAL\n"
            "T1 close                -> 0\n");
}

TEST(Recorder, EndsWithACrashAndBeforeALoss) {
  const Program program = program_of("P1 spawn T1 uid=0 gid=0\nT1 open\nT1 close\n");
  Outcome crash = outcome_of(Kind::crash);
  crash.reason = "SIGSEGV";
  EXPECT_EQ(steps_of(record(program, {outcome_of(Kind::value), crash})),
            "P1 spawn T1 uid=0 gid=0 -> 0\nT1 open                 -> crash\n");
  EXPECT_EQ(steps_of(record(program, {outcome_of(Kind::value), outcome_of(Kind::lost)})),
            "P1 spawn T1 uid=0 gid=0 -> 0\n");
  EXPECT_EQ(steps_of(record(program, {outcome_of(Kind::value)})), "P1 spawn T1 uid=0 gid=0 -> 0\n");
}

TEST(Recorder, KeepsDefects) {
  const Program program = program_of("P1 spawn T1 uid=0 gid=0\nT1 recv\n");
  Outcome spoilt = outcome_of(Kind::message);
  spoilt.message.defects.push_back({"RCV-1", "outside the pool"});
  const Program recording = record(program, {outcome_of(Kind::value), spoilt});
  const auto parsed = parse_case(print_case(recording));
  ASSERT_TRUE(parsed) << to_string(parsed.error(), "recording");
  EXPECT_EQ(parsed->steps[1].expected[0].message.defects, spoilt.message.defects);
}

// Sends and receives all there is, sleeps, fails, and has a step that cannot be run.
constexpr const char* story =
    "P1 spawn T1 uid=0 gid=0\n"
    "T1 open\n"
    "T1 mmap 65536 prot=read flags=private\n"
    "T1 set_cms 4096\n"
    "P2 spawn T2 uid=7 gid=8\n"
    "T2 open\n"
    "T2 mmap 65536 prot=read flags=private\n"
    "T2 set_ipc_thread\n"
    "T2 get_version\n"
    "T1 recv\n"
    "T1 close\n"
    "T2 send request to=cms code=5 data=0102 obj@16=fd:F1 obj@32=ptr:616263 obj@48=svc:T2/token=4\n"
    "T1 poll\n"
    "T1 cms gen_handle subject=T2\n"
    "T2 send request to=cms time=5\n"
    "T1 recv -> 0 kept=request to=cms from=T2/P2 uid=7 gid=8 time=t1\n"
    "T1 free=kept\n"
    "T1 free=kept\n"
    "T2 send+recv request to=cms\n"
    "advance 6000ms\n"
    "T2 poll\n";

TEST(Recorder, GivesACaseThatHoldsExactlyOnTheSameBackend) {
  const auto factory = make_reference_factory({});
  const Program program = program_of(story);
  const Program recording = record(program, execute(program, *factory->create()));
  EXPECT_EQ(recording.steps.size(), program.steps.size() - 1);  // T1 close: T1 sleeps

  const std::string text = print_case(recording);
  const auto parsed = parse_case(text);
  ASSERT_TRUE(parsed) << to_string(parsed.error(), "recording") << "\n" << text;
  EXPECT_EQ(print_case(*parsed), text);
  const std::vector<Outcome> again = execute(*parsed, *factory->create());
  ASSERT_EQ(again.size(), parsed->steps.size());
  for (std::size_t index = 0; index < again.size(); ++index) {
    ASSERT_EQ(parsed->steps[index].expected.size(), 1u);
    EXPECT_TRUE(same_outcome(again[index], parsed->steps[index].expected[0]))
        << "step " << index << "\n"
        << text;
  }
}

}  // namespace
}  // namespace touchstone
