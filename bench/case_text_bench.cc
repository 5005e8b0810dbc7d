// Steps per second of reading and writing `.case` text, over a typical case of the suite's length.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "adapter/case_text.h"

namespace {

constexpr std::string_view typical_case = R"(case: nested-call
title: a server calls another service while serving
class: contract
abi: ilp32
limits: tasks=128 processes=64 page=4096

P1 spawn T1 uid=0 gid=0 -> 0
T1 open -> 0
T1 mmap 65536 prot=read flags=private -> 0
T1 set_cms 4096 -> 0
P3 spawn T3 uid=1000 gid=1000 -> 0
T3 open -> 0
T3 mmap 65536 prot=read flags=private -> 0
P2 spawn T2 uid=1000 gid=1000 -> 0
T2 open -> 0
T2 mmap 65536 prot=read flags=private -> 0
T2 send request to=T2 code=7 -> 0
T2 recv -> 0 wT2=request to=T2 code=7 from=T2/P2 uid=1000 gid=1000 time=t1
T2 free=wT2 -> 0
T1 cms add_access subject=T1 service=T2 -> 0
T3 send+recv request to=cms code=7 obj@0=fd:F1 -> blocked
T1 recv -> 0 m1=request to=cms code=7 from=T3/P3 uid=1000 gid=1000 time=t2 obj@0=fd:F101
T1 send+recv request to=T2 code=7 -> blocked
T2 recv -> 0 m2=request to=T2 code=7 from=T1/P1 uid=0 gid=0 time=t3
T2 send+free reply to=T1 time=m2 data=01 free=m2 -> 0
T1 poll -> 0 n=reply to=T1 from=T2/P2 uid=1000 gid=1000 time=t3 data=01
T1 send+free reply to=T3 time=m1 data=02 free=m1 -> 0
T3 poll -> 0 r=reply to=T3 from=T1/P1 uid=0 gid=0 time=t2 data=02
)";

// A benchmark of a text that does not parse would measure nothing.
touchstone::Program parse_or_abort() {
  auto program = touchstone::parse_case(typical_case);
  if (!program) std::abort();
  return *std::move(program);
}

void count_steps(benchmark::State& state, std::size_t steps_a_round) {
  state.counters["steps"] = benchmark::Counter(
      static_cast<double>(state.iterations()) * static_cast<double>(steps_a_round),
      benchmark::Counter::kIsRate);
}

void ParseCase(benchmark::State& state) {
  const std::size_t steps = parse_or_abort().steps.size();
  for ([[maybe_unused]] auto round : state) {
    benchmark::DoNotOptimize(touchstone::parse_case(typical_case));
  }
  count_steps(state, steps);
}
BENCHMARK(ParseCase);

void PrintCase(benchmark::State& state) {
  const touchstone::Program program = parse_or_abort();
  for ([[maybe_unused]] auto round : state) {
    benchmark::DoNotOptimize(touchstone::print_case(program));
  }
  count_steps(state, program.steps.size());
}
BENCHMARK(PrintCase);

}  // namespace
