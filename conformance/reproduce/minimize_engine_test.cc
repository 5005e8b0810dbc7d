#include "conformance/reproduce/minimize_engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <variant>

#include "adapter/case_text.h"
#include "adapter/operation_names.h"
#include "conformance/reproduce/minimize_fields.h"
#include "conformance/reproduce/minimize_names.h"
#include "conformance/reproduce/minimize_weight.h"
#include "conformance/selection.h"
#include "conformance/test_support.h"

namespace touchstone {
namespace {

std::string steps_text(const Program& program) {
  std::string text;
  for (const Step& step : program.steps) text += print_operation(step.operation, program) + "\n";
  return text;
}

// Holds of a Program with such a step.
template <typename Wanted>
Trial having_step(const Wanted& is_wanted) {
  return [is_wanted](const Program& program) -> std::optional<Program> {
    const bool holds = std::ranges::any_of(
        program.steps, [&](const Step& step) { return is_wanted(step.operation); });
    return holds ? std::optional(program) : std::nullopt;
  };
}

bool receives(const Operation& operation) {
  const auto* call = std::get_if<SendReceive>(&operation);
  return call != nullptr && (call->flags & flag_receive) != 0;
}

const std::string long_steps = two_processes +
                               "T2 set_ipc_thread\n"
                               "T2 send+recv request to=cms code=7 data=01020304 -> blocked\n"
                               "P2 thread T7\n"
                               "T1 recv -> 0 mine=request to=cms from=T2/P2 uid=1 gid=1 time=t1\n"
                               "T1 send+free reply to=T2 time=mine free=mine code=8\n"
                               "T2 poll -> 0 answer=reply to=T2 from=T1/P1 uid=1 gid=1 time=t1\n"
                               "T2 free=answer\n"
                               "T7 exit\n";

TEST(PlainNames, AreInTheOrderOfAppearance) {
  const Program program = case_of(
      plain_case("P9 spawn T5 uid=0 gid=0\nP9 thread T3\n"
                 "T3 recv -> 0 late=request to=T3 from=T5/P9 uid=0 gid=0 time=t1\nT5 free=late\n"));
  EXPECT_EQ(steps_text(in_plain_names(program)),
            "P1 spawn T1 uid=0 gid=0\nP1 thread T2\nT2 recv\nT1 free=m1\n");
}

TEST(PlainNames, LeaveOutStepsThatNameNothing) {
  Program program = case_of(plain_case(two_processes + "T2 send request to=T1\nT1 open\n"));
  program.steps.erase(program.steps.begin());  // that which makes T1
  EXPECT_EQ(steps_text(in_plain_names(program)),
            "P1 spawn T1 uid=1000 gid=1000\nT1 open\nT1 mmap 65536 prot=read flags=private\n");
}

TEST(SimplerOperations, AreLighter) {
  std::size_t tried = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(source_folder() / "corpora/golden/kernel/random")) {
    const auto program = read_case(entry.path());
    ASSERT_TRUE(program) << program.error();
    const Program plain = in_plain_names(*program);
    for (const Step& step : plain.steps) {
      for (const Fineness fineness : {Fineness::coarse, Fineness::fine}) {
        for (const Operation& simpler : simpler_operations(step.operation, fineness)) {
          ++tried;
          EXPECT_LT(weight_of(simpler), weight_of(step.operation))
              << print_operation(simpler, plain);
        }
      }
    }
    if (tried > 20000) break;
  }
  EXPECT_GT(tried, 10000u);
}

TEST(ShrinkProgram, KeepsTheStepThatIsWantedAndWhatMakesItsTask) {
  const Shrunk shrunk =
      shrink_program(case_of(plain_case(long_steps)), having_step([](const Operation& operation) {
                       return std::holds_alternative<ExitTask>(operation);
                     }));
  EXPECT_EQ(steps_text(shrunk.program), "P1 spawn T1 uid=0 gid=0\nT1 exit\n");
}

TEST(ShrinkProgram, LeavesPlainFieldsWhereNothingHangsOnThem) {
  const Shrunk shrunk =
      shrink_program(case_of(plain_case(long_steps)), having_step([](const Operation& operation) {
                       const auto* call = std::get_if<SendReceive>(&operation);
                       return call != nullptr && call->message && call->message->type == 1;
                     }));
  EXPECT_EQ(steps_text(shrunk.program), "P1 spawn T1 uid=0 gid=0\nT1 send reply to=cms\n");
}

TEST(ShrinkProgram, ComesDownToTheSmallestNumberThatIsWanted) {
  const Program program = case_of(plain_case(two_processes + "advance 86400123ms\n"));
  const Shrunk shrunk = shrink_program(program, having_step([](const Operation& operation) {
                                         const auto* time = std::get_if<Advance>(&operation);
                                         return time != nullptr && time->milliseconds > 12345;
                                       }));
  EXPECT_EQ(steps_text(shrunk.program), "advance 12346ms\n");
}

TEST(ShrinkProgram, TurnsAProcessIntoAThread) {
  const auto two_tasks = [](const Program& program) -> std::optional<Program> {
    const auto count = std::ranges::count_if(
        program.steps, [](const Step& step) { return made_by(step.operation).task.has_value(); });
    return count >= 2 ? std::optional(program) : std::nullopt;
  };
  const Shrunk shrunk = shrink_program(case_of(plain_case(long_steps)), two_tasks);
  EXPECT_EQ(steps_text(shrunk.program), "P1 spawn T1 uid=0 gid=0\nP1 thread T2\n");
}

TEST(ShrinkProgram, LetsOneTaskPlayBothParts) {
  const auto sends_and_receives = [](const Program& program) -> std::optional<Program> {
    const bool sends = std::ranges::any_of(program.steps, [](const Step& step) {
      const auto* call = std::get_if<SendReceive>(&step.operation);
      return call != nullptr && call->message && !receives(step.operation);
    });
    const bool both = sends && std::ranges::any_of(program.steps, [](const Step& step) {
                        return receives(step.operation);
                      });
    return both ? std::optional(program) : std::nullopt;
  };
  const Shrunk shrunk = shrink_program(
      case_of(plain_case(two_processes + "T2 send request to=cms\nT1 recv\n")), sends_and_receives);
  EXPECT_EQ(steps_text(shrunk.program),
            "P1 spawn T1 uid=0 gid=0\nT1 send request to=cms\nT1 recv\n");
}

TEST(ShrinkProgram, MakesACallWhereItWasPolled) {
  const auto receives_at_the_end = [](const Program& program) -> std::optional<Program> {
    if (program.steps.size() < 3) return std::nullopt;
    const Operation& last = program.steps.back().operation;
    const bool is_polled =
        receives(program.steps[1].operation) && std::holds_alternative<Poll>(last);
    const bool follows_open =
        std::holds_alternative<Open>(program.steps[program.steps.size() - 2].operation);
    return follows_open && (is_polled || receives(last)) ? std::optional(program) : std::nullopt;
  };
  const Shrunk shrunk =
      shrink_program(case_of(plain_case("P1 spawn T1 uid=0 gid=0\nT1 recv\nT1 open\nT1 poll\n")),
                     receives_at_the_end);
  EXPECT_EQ(steps_text(shrunk.program), "P1 spawn T1 uid=0 gid=0\nT1 open\nT1 recv\n");
}

// Of steps that are no calls all are wanted, so that the Program stays a long one.
struct Calls {
  explicit Calls(const Program& program) {
    for (const Step& step : program.steps) {
      const auto* call = std::get_if<SendReceive>(&step.operation);
      if (call == nullptr) {
        ++others;
      } else if (call->message) {
        constexpr std::uint32_t header = 64;
        room += header + call->message->data_size.value_or(0);
        senders.insert(call->caller);
        senders.insert(TaskName{call->message->to.value});
      } else {
        senders.insert(call->caller);
      }
    }
  }
  std::size_t others = 0;
  std::uint32_t room = 0;  // of all messages, in a pool
  std::set<TaskName> senders;
};
constexpr const char* ten_steps =
    "P1 spawn T1 uid=0 gid=0\nP2 spawn T2 uid=0 gid=0\nP3 spawn T3 uid=0 gid=0\nT1 open\n"
    "T2 open\nT3 open\nT1 close\nT2 close\nT3 close\nT1 munmap\n";

TEST(ShrinkProgram, FillsAPoolWithOneMessage) {
  const auto fills = [](const Program& program) -> std::optional<Program> {
    const Calls calls(program);
    return calls.others == 10 && calls.room >= 1500 ? std::optional(program) : std::nullopt;
  };
  const std::string send = "T2 send request to=cms data_size=";
  const Shrunk shrunk = shrink_program(
      case_of(plain_case(ten_steps + send + "900\n" + send + "300\n" + send + "200\n")), fills);
  EXPECT_EQ(shrunk.program.steps.size(), 11u);
  EXPECT_EQ(Calls(shrunk.program).room, 1500u);
}

TEST(ShrinkProgram, LetsOneCallDoForTwoTasks) {
  const auto two_have_called = [](const Program& program) -> std::optional<Program> {
    const Calls calls(program);
    const bool has_both =
        calls.senders.contains(TaskName{2}) && calls.senders.contains(TaskName{3});
    return calls.others == 10 && has_both ? std::optional(program) : std::nullopt;
  };
  const Shrunk shrunk = shrink_program(
      case_of(plain_case(std::string(ten_steps) + "T2 recv\nT3 recv\n")), two_have_called);
  EXPECT_EQ(shrunk.program.steps.size(), 11u);
}

TEST(ShrinkProgram, TakesWhatTheTrialHasLeft) {
  const auto first_step = [](const Program& program) -> std::optional<Program> {
    Program cut = program;
    cut.steps.resize(1);
    return cut;
  };
  const Shrunk shrunk = shrink_program(case_of(plain_case(long_steps)), first_step);
  EXPECT_EQ(shrunk.program.steps.size(), 1u);
  EXPECT_LE(shrunk.attempts, 10u);
}

TEST(ShrinkProgram, GivesTheSameEveryTime) {
  const Program program = case_of(plain_case(long_steps));
  const Trial trial = having_step(&receives);
  const Shrunk one = shrink_program(program, trial);
  const Shrunk other = shrink_program(program, trial);
  EXPECT_EQ(print_case(one.program), print_case(other.program));
  EXPECT_EQ(one.attempts, other.attempts);
}

TEST(ShrinkProgram, EndsAfterSoManyAttempts) {
  std::size_t trials = 0;
  const auto all_of_it = [&trials](const Program& program) -> std::optional<Program> {
    ++trials;
    return program.steps.size() >= 10 ? std::optional(program) : std::nullopt;
  };
  const Shrunk shrunk =
      shrink_program(case_of(plain_case(long_steps)), all_of_it, {.attempts_max = 7});
  EXPECT_EQ(trials, 7u);
  EXPECT_EQ(shrunk.attempts, 7u);
}

TEST(ShrinkProgram, TriesNothingWithoutTime) {
  const auto never = [](const Program&) -> std::optional<Program> {
    ADD_FAILURE() << "was tried";
    return std::nullopt;
  };
  const Program program = case_of(plain_case(long_steps));
  const Shrunk shrunk = shrink_program(program, never, {.time_max = std::chrono::milliseconds(0)});
  EXPECT_EQ(shrunk.program.steps.size(), program.steps.size());
}

}  // namespace
}  // namespace touchstone
