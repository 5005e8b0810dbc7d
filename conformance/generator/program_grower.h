// program_grower.h: a Program that grows step by step: each runs on the reference at once, so that
// what is added next can name what came back.  Steps that cannot be carried out are left out.
// Chooses nothing: program_writer.h writes Commands with it, mutators change Programs with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "adapter/backends/reference_backend.h"
#include "adapter/executor.h"
#include "adapter/program.h"
#include "conformance/generator/cast_of_plan.h"

namespace touchstone {

struct Written {
  Program program;                // every step expects what the reference gave
  std::vector<Outcome> outcomes;  // the same, with the clauses that decided
  // The first law of the reference's that a step broke; nothing was written after that step.
  std::optional<std::string> broken_invariant;
};

struct GrowthOptions {
  CaseAbi abi = CaseAbi::any;
  bool ids_reused = false;
  std::uint32_t quirks = 0;  // of the reference
  bool checks_invariants = false;
  std::size_t messages_max = 256;  // that can get a name; no step is added after the last of them
};

// Names of another Program, as they are called in the one that grows.
struct Translation {
  std::unordered_map<std::uint32_t, std::uint32_t> tasks;
  std::unordered_map<std::uint32_t, std::uint32_t> processes;
  std::unordered_map<std::uint32_t, std::uint32_t> messages;
};

class ProgramGrower {
 public:
  explicit ProgramGrower(const GrowthOptions& options);
  ProgramGrower(const ProgramGrower&) = delete;
  ProgramGrower& operator=(const ProgramGrower&) = delete;

  // Carries out the operation and adds it as a step.  What came back; null if it could not be
  // carried out, and was not added then.  New names are the cast's next ones.
  const Outcome* add(const Operation& operation);

  // The same for a step of another Program.  Names that mean nothing here are taken for others of
  // their kind; where there are none, nothing is added.
  const Outcome* add_translated(const Step& step, Translation& names);

  // Whether the task does not sleep, as far as one can see; where it may have woken, a poll is
  // added.
  bool is_awake(TaskName name);

  const CastOfPlan& cast() const { return cast_; }
  CastOfPlan& cast() { return cast_; }
  std::size_t step_count() const { return written_.program.steps.size(); }

  // The whole, once; nothing can be added after that.
  Written take();

 private:
  const Outcome* run(const Operation& operation, std::optional<TaskName> receiver);
  void note(const Operation& operation, const Outcome& outcome, std::optional<TaskName> receiver);
  template <typename T>
  void note_effect(const T& step, const Outcome& outcome);
  void make_names(const Operation& old, Operation& operation, Translation& names);

  const GrowthOptions options_;
  std::unique_ptr<ReferenceInstance> reference_;
  Written written_;
  std::optional<Executor> executor_;
  CastOfPlan cast_;
  std::size_t names_used_ = 0;
};

}  // namespace touchstone
