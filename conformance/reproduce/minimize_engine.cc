#include "conformance/reproduce/minimize_engine.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "adapter/case_text.h"
#include "conformance/reproduce/minimize_cast.h"
#include "conformance/reproduce/minimize_fields.h"
#include "conformance/reproduce/minimize_names.h"
#include "conformance/reproduce/minimize_weight.h"

namespace touchstone {
namespace {

using Clock = std::chrono::steady_clock;

constexpr Weight heaviest{std::numeric_limits<std::size_t>::max(), 0, 0};

class Shrinker {
 public:
  Shrinker(const Program& program, const Trial& trial, const ShrinkLimits& limits)
      : trial_(trial), limits_(limits), end_(Clock::now() + limits.time_max) {
    keep(in_plain_names(program));
  }

  Shrunk run() {
    while (!is_over() && take_one_round()) {
    }
    return {std::move(best_), attempts_};
  }

 private:
  // What takes away most comes first; what is many trials comes once there is little left.
  bool take_one_round() {
    const Weight before = weight_;
    remove_chunks();
    remove_groups();
    recast();
    join_steps();
    if (weight_.steps < before.steps) return true;
    simplify(Fineness::coarse);
    if (weight_ < before) return true;
    remove_pairs();
    if (weight_ < before) return true;
    remove_triples();
    if (weight_ < before) return true;
    join_calls();
    if (weight_ < before) return true;
    if (take_a_detour()) return true;
    simplify(Fineness::fine);
    return weight_ < before;
  }

  // Over a Program that is no lighter but may become so.
  bool take_a_detour() {
    for (const Program& swapped : swaps_of(best_)) {
      const Program best = best_;
      const Weight weight = weight_;
      weight_ = heaviest;
      if (take(swapped)) {
        remove_chunks();
        recast();
      }
      if (weight_ < weight) return true;
      best_ = best;
      weight_ = weight;
    }
    return false;
  }

  // --- one trial ---

  bool is_over() const { return attempts_ >= limits_.attempts_max || Clock::now() >= end_; }

  void keep(Program program) {
    best_ = std::move(program);
    weight_ = weight_of(best_);
  }

  // True if the candidate, or less of it, is the best now.
  bool take(const Program& candidate) {
    Program plain = in_plain_names(candidate);
    if (plain.steps.empty() || !(weight_of(plain) < weight_)) return false;
    if (is_over() || !tried_.insert(print_case(plain)).second) return false;
    ++attempts_;
    const std::optional<Program> left = trial_(plain);
    if (left) keep(in_plain_names(*left));
    return left.has_value();
  }

  // --- fewer steps ---

  bool take_without(const StepSet& steps) { return take(without_steps(best_, steps)); }

  void remove_chunks() {
    for (std::size_t size = best_.steps.size() / 2; size > 0; size /= 2) remove_chunks_of(size);
    for (const std::size_t size : {3u, 2u}) remove_chunks_of(size);
  }

  // From the end: what is late hangs on what is early.
  void remove_chunks_of(std::size_t size) {
    std::size_t end = best_.steps.size();
    while (end > 0 && !is_over()) {
      const std::size_t begin = end - std::min(size, end);
      StepSet steps;
      for (std::size_t step = begin; step < end; ++step) steps.insert(step);
      end =
          take_without(steps) ? std::min(begin, best_.steps.size()) : (size > 3 ? begin : end - 1);
    }
  }

  // The steps of one task, of one process, and the parts of them that belong together.
  void remove_groups() {
    bool has_changed = true;
    while (has_changed && !is_over()) {
      has_changed = std::ranges::any_of(
          groups_of(best_), [this](const StepSet& steps) { return take_without(steps); });
    }
  }

  void remove_pairs() {
    for (std::size_t first = best_.steps.size(); first-- > 1;) {
      for (std::size_t second = first; second-- > 0;) {
        if (is_over()) return;
        if (first < best_.steps.size()) take_without({second, first});
      }
    }
  }

  // Of one task, or around it: opening, mapping and what needed them.
  void remove_triples() {
    for (const StepSet& steps : triples_of(best_)) {
      if (is_over() || take_without(steps)) return;
    }
  }

  // --- a smaller cast, steps made one ---

  void recast() { take_any_of(recasts_of); }
  void join_steps() { take_any_of(joined_steps_of); }
  void join_calls() { take_any_of(joined_calls_of); }

  void take_any_of(std::vector<Program> (*programs_of)(const Program&)) {
    bool has_changed = true;
    while (has_changed && !is_over()) {
      has_changed = std::ranges::any_of(programs_of(best_),
                                        [this](const Program& program) { return take(program); });
    }
  }

  // --- plainer steps ---

  void simplify(Fineness fineness) {
    simplify_header();
    for (std::size_t step = best_.steps.size(); step-- > 0;) {
      while (step < best_.steps.size() && simplify_step(step, fineness)) {
      }
    }
  }

  void simplify_header() {
    Program simpler = best_;
    simpler.header.abi = CaseAbi::any;
    take(simpler);
    simpler = best_;
    simpler.header.ids_reused = false;
    take(simpler);
  }

  bool simplify_step(std::size_t step, Fineness fineness) {
    for (Operation& operation : simpler_operations(best_.steps[step].operation, fineness)) {
      if (is_over()) return false;
      Program simpler = best_;
      simpler.steps[step].operation = std::move(operation);
      if (take(simpler)) return true;
    }
    return false;
  }

  const Trial& trial_;
  const ShrinkLimits limits_;
  const Clock::time_point end_;
  Program best_;
  Weight weight_;
  std::size_t attempts_ = 0;
  std::unordered_set<std::string> tried_;
};

}  // namespace

Shrunk shrink_program(const Program& program, const Trial& trial, const ShrinkLimits& limits) {
  return Shrinker(program, trial, limits).run();
}

}  // namespace touchstone
