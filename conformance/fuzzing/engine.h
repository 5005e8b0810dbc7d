// engine.h: what a campaign needs of a fuzzing engine: how a worker is called, what its output says
// of how far it is, which inputs it has put aside.  Starts nothing itself: campaign.h.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conformance/fuzzing/child_program.h"
#include "conformance/fuzzing/live_input.h"
#include "conformance/fuzzing/progress.h"
#include "conformance/fuzzing/target_programs.h"

namespace touchstone::fuzzing {

struct EngineSettings {
  TargetPrograms programs;
  std::string target;
  bool takes_programs = false;  // inputs are Programs (adapter/program_bytes.h)
  std::vector<std::pair<std::string, std::string>> environment{};  // what the target is told
  std::filesystem::path work;                                      // a folder of ours for this run
  std::filesystem::path seeds;
  std::filesystem::path corpus;      // grows
  std::filesystem::path dictionary;  // empty if there is none
  std::uint64_t seed = 1;
  std::uint32_t jobs = 1;
  std::chrono::seconds input_time_max{10};
};

// An input that ended the target, or on which it did not come back.
struct Artifact {
  std::string kind;  // "crash", "timeout", "oom", "leak"
  std::string input;
};

class Engine {
 public:
  virtual ~Engine() = default;

  virtual std::string_view name() const = 0;
  // True where a worker ends with the first input that ends its target, and is started anew.
  virtual bool ends_at_a_crash() const = 0;
  // Worker `job`, from 0, started for the `start`th time, from 0.
  virtual ProgramCall call(std::uint32_t job, std::uint32_t start, std::chrono::seconds left) = 0;
  virtual void read_line(std::uint32_t job, std::string_view line) = 0;
  // Whether the worker ends by itself when its time is over.  While it reads what it begins with
  // it may not.
  virtual bool keeps_time(std::uint32_t) const { return true; }
  // Of the worker since it was last started.
  virtual std::uint64_t executions_of(std::uint32_t job) = 0;
  // Of all workers, the ended ones as well.
  virtual Figures figures() = 0;
  // Those that came since the last call.
  virtual std::vector<Artifact> take_artifacts(std::uint32_t job) = 0;
  // The target on one input, as a fuzzer that has nowhere to write findings runs it.
  virtual ProgramCall replay(const std::filesystem::path& input) const = 0;
  // After the last worker has ended.
  virtual void finish() {}
};

std::unique_ptr<Engine> make_libfuzzer(EngineSettings settings);
// `afl_fuzz` is the path of afl-fuzz.
std::unique_ptr<Engine> make_afl(EngineSettings settings, std::filesystem::path afl_fuzz);

// What the sanitizers of a target are told, beside what the user says: stacks with every report.
// Names in them take a second process a while, and are of no use where nobody reads the report.
std::vector<std::pair<std::string, std::string>> sanitizer_environment(bool has_names = true);

}  // namespace touchstone::fuzzing
