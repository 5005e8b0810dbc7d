// generated.h: Programs of the generator, one after another, on any backend: what finds mistakes of
// implementations that no fuzzer can look into.  Which Programs, what is found, and in which order
// depends on the seed and the implementation alone, not on how many processes share the work; but
// where Programs are chosen by what earlier ones reached, each process has its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "adapter/program.h"
#include "conformance/fuzzing/finding.h"
#include "conformance/fuzzing/kcov.h"
#include "conformance/fuzzing/progress.h"
#include "conformance/judge.h"
#include "conformance/reproduce/difference_run.h"
#include "conformance/runner.h"

namespace touchstone {
struct Plan;
}

namespace touchstone::fuzzing {

struct GeneratedOptions {
  std::uint64_t seed = 1;
  std::uint64_t first = 0;     // the number of the first Program
  std::uint64_t programs = 0;  // how many; 0: as many as the time allows
  std::optional<std::chrono::milliseconds> time;
  std::uint32_t jobs = 1;
  std::uint32_t findings_max = 0;  // 0: any number
  std::chrono::milliseconds step_time{10000};
  // Not as many messages fit into its pools as into the reference's: nothing is held against it
  // that depends on that.
  bool has_own_room = false;
  // Of the module whose code the backend runs on this machine, where Programs are to be chosen by
  // what they reach in it; else none.
  std::vector<DriverFunction> functions{};
};

struct GeneratedResult {
  Figures figures;  // executions: Programs
  std::uint64_t steps = 0;
  // Programs of which a step could not be carried out, and why the first could not.
  std::uint64_t unplayable = 0;
  std::string unplayable_reason{};
  std::chrono::milliseconds elapsed{0};
  FoundList found;  // `number` is that of the Program, `input` its bytes
  bool was_interrupted = false;
  std::vector<ReachedFunction> reached{};  // of options.functions
  std::string lost;                        // why the backend went away; empty if it did not
  std::string broken;                      // why the run proves nothing; empty if all went well
};

// Program `number` of the seed, written for the backend's data model.
Program generated_program(const GeneratedOptions& options, std::uint64_t number,
                          const BackendInfo& backend);
// What chance begins with for that one.
std::uint64_t seed_of_program(std::uint64_t seed, std::uint64_t number);
// The Plan of it, and a Plan as a Program for the backend.
Plan generated_plan(const GeneratedOptions& options, std::uint64_t number);
Program planned_program(const GeneratedOptions& options, Plan plan, const BackendInfo& backend);

// What is wrong with it, in a process of its own if the backend needs one.
std::optional<Wrong> try_program(const Program& program, OpenBackend& backend, const Judge& judge,
                                 std::chrono::milliseconds step_time);

// A line now and then goes to `progress`.
GeneratedResult run_generated(const GeneratedOptions& options, OpenBackend& backend,
                              const Judge& judge, std::ostream& progress);

}  // namespace touchstone::fuzzing
