#include "conformance/explain.h"

#include <algorithm>
#include <utility>

#include "adapter/backends/reference_backend.h"
#include "adapter/executor.h"
#include "conformance/also_right.h"
#include "conformance/room.h"

namespace touchstone {
namespace {

bool is_end_of_the_implementation(const Outcome& outcome) {
  return outcome.kind == Outcome::Kind::crash || outcome.kind == Outcome::Kind::hang;
}

bool was_not_run(const Outcome& outcome) { return outcome.kind == Outcome::Kind::not_run; }

std::uint32_t bit_of(Quirk quirk) { return std::to_underlying(quirk); }

}  // namespace

Observations Observations::of_run(const std::vector<Outcome>& outcomes) {
  Observations observed;
  observed.outcomes_ = &outcomes;
  observed.count_ = outcomes.size();
  return observed;
}

Observations Observations::of_recording(const Program& program) {
  Observations observed;
  observed.program_ = &program;
  observed.count_ = program.steps.size();
  return observed;
}

std::span<const Outcome> Observations::at(std::size_t step) const {
  if (program_ != nullptr) return program_->steps[step].expected;
  return {&(*outcomes_)[step], 1};
}

// One explanation in the making.
class Explainer::Search {
 public:
  Search(const SpecCatalogue& catalogue, const Profile& profile, const Question& question)
      : catalogue_(catalogue), question_(question) {
    for (const ProfileRow& row : profile.rows) {
      if (row.applies_to(question.program.header)) rows_.push_back(&row);
    }
  }

  Explanation run() {
    const Program& program = question_.program;
    result_.plain = run_reference(program, question_.data_model, 0);
    if (program.header.case_class == CaseClass::generated) {
      room_decides_from_ = room_decides_from(program, result_.plain, question_.data_model);
    }
    std::vector<std::size_t> wrong = wrong_steps(result_.plain);
    result_.differing = wrong;
    while (!wrong.empty()) {
      if (!take_switch(wrong) && !take_outcome(wrong)) {
        result_.unexplained = wrong.front();
        break;
      }
    }
    return std::move(result_);
  }

 private:
  // Takes the switch that moves the first difference furthest; of equals the earlier row's.
  bool take_switch(std::vector<std::size_t>& wrong) {
    const ProfileRow* best = nullptr;
    std::vector<Outcome> best_outcomes;
    std::vector<std::size_t> best_wrong;
    std::uint32_t tried = result_.quirks;
    const std::size_t old_from = reference_decides_from_;
    reference_decides_from_ = std::min(old_from, wrong.front());
    for (const ProfileRow* row : rows_) {
      if (!row->reference_switch || (tried & bit_of(*row->reference_switch)) != 0) continue;
      tried |= bit_of(*row->reference_switch);
      auto outcomes = run_reference(question_.program, question_.data_model,
                                    result_.quirks | bit_of(*row->reference_switch));
      auto still_wrong = wrong_steps(outcomes);
      if (!is_later(still_wrong, best == nullptr ? wrong : best_wrong)) continue;
      best = row;
      best_outcomes = std::move(outcomes);
      best_wrong = std::move(still_wrong);
    }
    if (best == nullptr) {
      reference_decides_from_ = old_from;
      return false;
    }
    add_rows_of(*best->reference_switch, deciding_clause_at(wrong.front()));
    result_.quirks |= bit_of(*best->reference_switch);
    result_.with_quirks = std::move(best_outcomes);
    wrong = std::move(best_wrong);
    return true;
  }

  // Takes a row without a switch, for this one step.
  bool take_outcome(std::vector<std::size_t>& wrong) {
    const std::size_t step = wrong.front();
    for (const ProfileRow* row : rows_) {
      const bool decides = row->clause == deciding_clause_at(step);
      if (row->reference_switch || !decides) continue;
      Comparer comparer(question_.program, question_.rules);
      const auto match = comparer.compare(step, row->outcomes, question_.observed.at(step));
      if (match != Comparer::Match::yes) continue;
      add(row);
      tolerated_.push_back(step);
      wrong = wrong_steps(result_.reference());
      return true;
    }
    return false;
  }

  std::string_view deciding_clause_at(std::size_t step) const {
    return result_.reference()[step].clause;
  }

  static bool is_later(const std::vector<std::size_t>& wrong,
                       const std::vector<std::size_t>& before) {
    if (before.empty()) return false;
    return wrong.empty() || wrong.front() > before.front();
  }

  // Several rows may share a switch: the row of the clause that decided the step says most.
  void add_rows_of(Quirk quirk, std::string_view clause) {
    const auto has_switch = [quirk](const ProfileRow* row) {
      return row->reference_switch == quirk;
    };
    const auto exact = std::ranges::find_if(
        rows_, [&](const ProfileRow* row) { return has_switch(row) && row->clause == clause; });
    if (exact != rows_.end()) return add(*exact);
    for (const ProfileRow* row : rows_) {
      if (has_switch(row)) add(row);
    }
  }

  void add(const ProfileRow* row) {
    if (std::ranges::find(result_.rows, row) == result_.rows.end()) result_.rows.push_back(row);
  }

  std::vector<std::size_t> wrong_steps(const std::vector<Outcome>& right) const {
    Comparer comparer(question_.program, question_.rules);
    const std::size_t free_from = std::min(unspecified_from(right, catalogue_), room_decides_from_);
    const std::size_t count = std::min(question_.observed.count(), right.size());
    std::vector<std::size_t> wrong;
    for (std::size_t step = 0; step < count; ++step) {
      const bool is_right = step < free_from ? is_right_by(comparer, step, right[step])
                                             : is_right_where_unspecified(step);
      if (!is_right) wrong.push_back(step);
    }
    for (const std::size_t step : comparer.unsettled()) wrong.push_back(step);
    std::erase_if(wrong, [this](std::size_t step) { return !counts(step); });
    std::ranges::sort(wrong);
    return wrong;
  }

  bool is_right_by(Comparer& comparer, std::size_t step, const Outcome& right) const {
    const std::span<const Outcome> got = question_.observed.at(step);
    // Where neither could carry the step out, an earlier step is to blame.
    if (right.kind == Outcome::Kind::not_run && std::ranges::all_of(got, was_not_run)) return true;
    if (comparer.compare(step, {&right, 1}, got) != Comparer::Match::no) return true;
    const Operation& operation = question_.program.steps[step].operation;
    const auto also = also_right(operation, right, catalogue_, question_.data_model);
    return !also.empty() && comparer.compare(step, also, got) == Comparer::Match::yes;
  }

  // The reference says nothing any more; the case's own text may.
  bool is_right_where_unspecified(std::size_t step) const {
    const std::span<const Outcome> got = question_.observed.at(step);
    const bool ended = !got.empty() && std::ranges::all_of(got, is_end_of_the_implementation);
    return !ended && !(question_.contradicted && is_contradicted(step));
  }

  bool is_contradicted(std::size_t step) const {
    return std::ranges::binary_search(*question_.contradicted, step);
  }

  bool counts(std::size_t step) const {
    if (std::ranges::find(tolerated_, step) != tolerated_.end()) return false;
    const bool text_decides = question_.contradicted && step < reference_decides_from_;
    return !text_decides || is_contradicted(step);
  }

  const SpecCatalogue& catalogue_;
  const Question& question_;
  std::vector<const ProfileRow*> rows_;
  std::vector<std::size_t> tolerated_;
  std::size_t reference_decides_from_ = static_cast<std::size_t>(-1);
  std::size_t room_decides_from_ = static_cast<std::size_t>(-1);
  Explanation result_;
};

Explainer::Explainer(const SpecCatalogue& catalogue, const Profile& profile)
    : catalogue_(catalogue), profile_(profile) {}

Explanation Explainer::explain(const Question& question) const {
  return Search(catalogue_, profile_, question).run();
}

std::vector<Outcome> run_reference(const Program& program, DataModel data_model,
                                   std::uint32_t quirks) {
  const auto reference = make_reference({.data_model = data_model, .quirks = quirks});
  return execute(program, *reference);
}

std::string reference_state_before(const Program& program, std::size_t step, DataModel data_model,
                                   std::uint32_t quirks) {
  const auto reference = make_reference({.data_model = data_model, .quirks = quirks});
  Executor executor(program, *reference);
  for (std::size_t index = 0; index < step; ++index) executor.run_step(index);
  return reference->describe_state(executor.id_names());
}

}  // namespace touchstone
