#include "fuzz/program_mutator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "adapter/backends/reference_backend.h"
#include "adapter/case_text.h"
#include "adapter/executor.h"
#include "adapter/program_bytes.h"
#include "conformance/judge.h"

namespace touchstone::fuzz {
namespace {

constexpr std::size_t bytes_max = 65536;

// A request that waits for its reply, and what goes with it.
std::vector<std::byte> a_call() {
  const auto program = parse_case(
      "case: call\n"
      "P1 spawn T1 uid=0 gid=0 -> 0\nT1 open -> 0\nT1 mmap 65536 prot=read flags=private -> 0\n"
      "T1 set_cms 4096 -> 0\n"
      "P2 spawn T2 uid=7 gid=7 -> 0\nT2 open -> 0\nT2 mmap 65536 prot=read flags=private -> 0\n"
      "T2 send+recv request to=cms code=5 data=01020304 -> blocked\n"
      "T1 recv -> 0 m1=request to=cms code=5 from=T2/P2 uid=7 gid=7 time=t1 data=01020304\n"
      "T1 send+free reply to=T2 time=m1 data=aa free=m1 -> 0\n"
      "T2 poll -> 0 m2=reply to=T2 from=T1/P1 uid=0 gid=0 time=t1 data=aa\n");
  EXPECT_TRUE(program) << to_string(program.error(), "text");
  return encode_program(*program);
}

std::vector<Outcome> outcomes_of(const Program& program) {
  const auto reference = make_reference({.data_model = data_model_of(program)});
  return execute(program, *reference);
}

bool is_not_run(const Outcome& outcome) { return outcome.kind == Outcome::Kind::not_run; }

TEST(MutateProgram, MakesAProgramFromNothing) {
  std::size_t steps = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Program program = decode_program(mutate_program({}, bytes_max, seed));
    EXPECT_TRUE(std::ranges::none_of(outcomes_of(program), is_not_run)) << seed;
    steps += program.steps.size();
  }
  EXPECT_GT(steps, 50u * 10);
}

TEST(MutateProgram, GivesTheSameForTheSameSeed) {
  const auto input = a_call();
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    EXPECT_EQ(mutate_program(input, bytes_max, seed), mutate_program(input, bytes_max, seed));
  }
}

TEST(MutateProgram, ChangesNearlyAlways) {
  const auto input = a_call();
  std::set<std::vector<std::byte>> made;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    made.insert(mutate_program(input, bytes_max, seed));
  }
  made.erase(input);
  EXPECT_GT(made.size(), 350u);
}

TEST(MutateProgram, StaysWithinItsBytes) {
  const auto input = a_call();
  for (std::size_t limit : {2u, 3u, 10u, 40u, 100u, 300u}) {
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
      EXPECT_LE(mutate_program(input, limit, seed).size(), limit);
      EXPECT_LE(mutate_program({}, limit, seed).size(), limit);
      EXPECT_LE(cross_programs(input, input, limit, seed).size(), limit);
    }
  }
}

// What mutation is for: nearly all that comes out runs to its end.
TEST(MutateProgram, GivesStepsThatCanBeCarriedOut) {
  std::vector<std::byte> input = a_call();
  std::size_t programs_cut = 0;
  constexpr std::size_t rounds = 2000;
  for (std::uint64_t seed = 0; seed < rounds; ++seed) {
    const auto made = mutate_program(input, bytes_max, seed);
    if (std::ranges::any_of(outcomes_of(decode_program(made)), is_not_run)) ++programs_cut;
    input = seed % 20 == 19 ? a_call() : made;
  }
  EXPECT_LT(programs_cut, rounds / 10);
}

TEST(MutateProgram, EndsWhoIsWaitedFor) {
  const auto input = a_call();
  std::size_t ended = 0;
  std::size_t timed_out = 0;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    bool is_waiting = false;
    const Program program = decode_program(mutate_program(input, bytes_max, seed));
    const auto outcomes = outcomes_of(program);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      const Operation& operation = program.steps[i].operation;
      const bool is_ending = std::holds_alternative<ExitTask>(operation);
      if (is_waiting && is_ending) ++ended;
      if (is_waiting && std::holds_alternative<Advance>(operation)) ++timed_out;
      is_waiting = outcomes[i].kind == Outcome::Kind::blocked;
    }
  }
  EXPECT_GT(ended, 20u);
  EXPECT_GT(timed_out, 10u);
}

TEST(MutateProgram, NamesAMessageAgainThatWasGivenBack) {
  const auto input = a_call();
  std::size_t again = 0;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    std::set<MessageName> given_back;
    const Program program = decode_program(mutate_program(input, bytes_max, seed));
    for (const Step& step : program.steps) {
      const auto* call = std::get_if<SendReceive>(&step.operation);
      if (call == nullptr || call->free.kind != FreeTarget::Kind::message) continue;
      if (!given_back.insert(call->free.message).second) ++again;
    }
  }
  EXPECT_GT(again, 20u);
}

TEST(CrossPrograms, TakeTheBeginningOfOneAndTheEndOfTheOther) {
  const auto first = a_call();
  const auto second = parse_case(
      "case: versions\nP1 spawn T1 uid=3 gid=4 -> 0\nT1 open -> 0\nT1 get_version -> 0 version=2\n"
      "T1 get_version arg=bad -> EFAULT\nT1 set_ipc_thread -> T1\n");
  ASSERT_TRUE(second);
  std::size_t of_both = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const Program made =
        decode_program(cross_programs(first, encode_program(*second), bytes_max, seed));
    const auto has = [&made]<typename T>(const T*) {
      return std::ranges::any_of(
          made.steps, [](const Step& step) { return std::holds_alternative<T>(step.operation); });
    };
    if (has(static_cast<SetCms*>(nullptr)) && has(static_cast<GetVersion*>(nullptr))) ++of_both;
    EXPECT_TRUE(std::ranges::none_of(outcomes_of(made), is_not_run)) << seed;
  }
  EXPECT_GT(of_both, 100u);
}

TEST(CrossPrograms, OfAnyBytesArePrograms) {
  const std::vector<std::byte> noise(300, std::byte{0x5a});
  const auto call = a_call();
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    EXPECT_LE(cross_programs(noise, call, bytes_max, seed).size(), bytes_max);
    EXPECT_LE(cross_programs(call, noise, bytes_max, seed).size(), bytes_max);
    EXPECT_LE(mutate_program(noise, bytes_max, seed).size(), bytes_max);
  }
}

}  // namespace
}  // namespace touchstone::fuzz
