#include "conformance/judge.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "conformance/also_right.h"
#include "conformance/compare.h"
#include "conformance/difference.h"

namespace touchstone {
namespace {

// The steps whose outcome is none of those that the case's text allows.
std::vector<std::size_t> contradicted_steps(const Program& program,
                                            const std::vector<Outcome>& outcomes,
                                            CompareRules rules) {
  Comparer comparer(program, rules);
  std::vector<std::size_t> steps;
  const std::size_t count = std::min(program.steps.size(), outcomes.size());
  for (std::size_t step = 0; step < count; ++step) {
    const auto match = comparer.compare(step, program.steps[step].expected, {&outcomes[step], 1});
    if (match == Comparer::Match::no) steps.push_back(step);
  }
  for (const std::size_t step : comparer.unsettled()) steps.push_back(step);
  std::ranges::sort(steps);
  return steps;
}

bool text_is_expectation(const Program& program) {
  const CaseClass written = program.header.case_class;
  return written == CaseClass::contract || written == CaseClass::unspecified;
}

Verdict verdict_of(std::span<const Outcome> got) {
  if (got.size() != 1) return Verdict::fail;
  switch (got.front().kind) {
    case Outcome::Kind::crash: return Verdict::crash;
    case Outcome::Kind::hang: return Verdict::timeout;
    case Outcome::Kind::lost: return Verdict::backend_lost;
    case Outcome::Kind::not_run: return Verdict::broken;
    case Outcome::Kind::value:
    case Outcome::Kind::error:
    case Outcome::Kind::blocked:
    case Outcome::Kind::task:
    case Outcome::Kind::service:
    case Outcome::Kind::version:
    case Outcome::Kind::message: return Verdict::fail;
  }
  return Verdict::fail;
}

std::vector<Tolerated> tolerated_rows(const Explanation& explanation) {
  std::vector<Tolerated> rows;
  for (const ProfileRow* row : explanation.rows) {
    rows.push_back({row->clause, row->quirk, row->outcome_text, row->reason, row->is_unspecified});
  }
  return rows;
}

bool has_quirk(const Explanation& explanation) {
  return std::ranges::any_of(explanation.rows,
                             [](const ProfileRow* row) { return !row->is_unspecified; });
}

std::string names_of(const Explanation& explanation) {
  std::vector<std::string> names;
  for (const ProfileRow* row : explanation.rows) {
    std::string name = fmt::format("{} ({})", row->quirk, row->clause);
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string in_one_line(const Difference& difference) {
  return fmt::format("line {}: expected {}, got {} ({})", difference.line, difference.expected,
                     difference.got, difference.clause);
}

bool ends_a_run(const Outcome& outcome) {
  return outcome.kind == Outcome::Kind::crash || outcome.kind == Outcome::Kind::hang;
}

}  // namespace

Judge::Judge(const SpecCatalogue& catalogue, const Profile& profile)
    : catalogue_(catalogue), explainer_(catalogue, profile) {}

Ruling Judge::judge_run(const Program& program, const std::vector<Outcome>& observed,
                        const Judged& judged) const {
  if (!observed.empty() && observed.back().kind == Outcome::Kind::lost) {
    return {Verdict::backend_lost, observed.back().reason, {}, {}};
  }
  if (observed.empty() && !program.steps.empty()) {
    return {Verdict::broken, "no outcome came back", {}, {}};
  }
  if (observed.size() < program.steps.size() && !ends_a_run(observed.back())) {
    return {Verdict::broken,
            fmt::format("{} of {} steps were played", observed.size(), program.steps.size()),
            {},
            {}};
  }
  const CompareRules rules{judged.credentials};
  std::vector<std::size_t> contradicted = contradicted_steps(program, observed, rules);
  const bool is_expectation = text_is_expectation(program);
  if (is_expectation && contradicted.empty()) return {};

  Question question{program, Observations::of_run(observed), judged.data_model, rules, {}};
  if (is_expectation) question.contradicted = contradicted;
  const Explanation explanation = explainer_.explain(question);
  if (!explanation.holds() || has_quirk(explanation) || contradicted.empty()) {
    return rule(question, explanation);
  }
  return rule_on_contradicted_text(question, contradicted, explanation, judged);
}

Ruling Judge::judge_recording(const Program& program) const {
  const Question question{
      program, Observations::of_recording(program), data_model_of(program), {}, {}};
  return rule(question, explainer_.explain(question));
}

// The steps in order: those that the rows account for, the one that decides, and those after it.
Ruling Judge::rule(const Question& question, const Explanation& explanation) const {
  Ruling ruling;
  ruling.tolerated = tolerated_rows(explanation);
  const std::size_t end = question.program.steps.size();
  const std::size_t deciding = explanation.unexplained.value_or(end);
  bool is_decided = explanation.holds();
  const auto add_deciding = [&] {
    is_decided = true;
    ruling.differences.push_back(deciding_difference_at(question, explanation, deciding));
  };
  for (const std::size_t step : explanation.differing) {
    if (!is_decided && step >= deciding) add_deciding();
    if (step == deciding) continue;
    const Outcome& reference = explanation.plain[step];
    Difference difference =
        describe_difference(question.program, step, right_outcomes(question, step, reference),
                            reference, question.observed.at(step), catalogue_);
    difference.role = step < deciding ? Difference::Role::tolerated : Difference::Role::further;
    ruling.differences.push_back(std::move(difference));
  }
  if (!is_decided) add_deciding();

  if (!explanation.holds()) {
    const Difference& difference = *deciding_difference(ruling.differences);
    ruling.verdict = verdict_of(question.observed.at(deciding));
    ruling.reason = in_one_line(difference);
  } else if (has_quirk(explanation)) {
    ruling.verdict = Verdict::quirk;
    ruling.reason = "tolerated: " + names_of(explanation);
  } else if (!explanation.rows.empty()) {
    ruling.reason = "left open by the contract: " + names_of(explanation);
  }
  return ruling;
}

std::vector<Outcome> Judge::right_outcomes(const Question& question, std::size_t step,
                                           const Outcome& reference) const {
  std::vector<Outcome> right{reference};
  const Operation& operation = question.program.steps[step].operation;
  for (Outcome& also : also_right(operation, reference, catalogue_, question.data_model)) {
    const auto is_same = [&also](const Outcome& one) { return same_outcome(one, also); };
    if (std::ranges::none_of(right, is_same)) right.push_back(std::move(also));
  }
  return right;
}

Difference Judge::deciding_difference_at(const Question& question, const Explanation& explanation,
                                         std::size_t step) const {
  const Outcome& reference = explanation.reference()[step];
  const bool text_says_so =
      question.contradicted && std::ranges::binary_search(*question.contradicted, step);
  const std::vector<Outcome>& written = question.program.steps[step].expected;
  const std::vector<Outcome> right =
      text_says_so && !written.empty() ? written : right_outcomes(question, step, reference);
  Difference difference = describe_difference(question.program, step, right, reference,
                                              question.observed.at(step), catalogue_);
  difference.role = Difference::Role::decides;
  difference.state =
      reference_state_before(question.program, step, question.data_model, explanation.quirks);
  return difference;
}

// The backend answered as the contract allows, and not as the text says.
Ruling Judge::rule_on_contradicted_text(const Question& question,
                                        const std::vector<std::size_t>& contradicted,
                                        const Explanation& explanation,
                                        const Judged& judged) const {
  const Program& program = question.program;
  const auto also_contradicted = contradicted_steps(program, explanation.plain, question.rules);
  std::vector<std::size_t> wrong;
  std::ranges::set_intersection(contradicted, also_contradicted, std::back_inserter(wrong));
  if (wrong.empty()) {
    Ruling ruling = rule(question, explanation);
    if (ruling.reason.empty()) ruling.reason = "right in another way that its clauses name";
    return ruling;
  }
  if (!text_is_expectation(program)) {
    return {Verdict::pass, "as the contract says; the case shows what another driver did", {}, {}};
  }
  const Question about_text{
      program, Observations::of_recording(program), judged.data_model, question.rules, {}};
  const Explanation of_text = explainer_.explain(about_text);
  if (of_text.holds() && has_quirk(of_text)) {
    return {Verdict::pass, "as the contract says; the case relies on " + names_of(of_text), {}, {}};
  }
  const std::size_t step = wrong.front();
  Difference difference =
      describe_difference(program, step, program.steps[step].expected, explanation.plain[step],
                          question.observed.at(step), catalogue_);
  difference.state = reference_state_before(program, step, question.data_model, 0);
  const bool is_marked = !program.header.quirks.empty();
  const bool was_not_run = question.observed.at(step).front().kind == Outcome::Kind::not_run;
  Ruling ruling{Verdict::fail, in_one_line(difference), {}, {}};
  if (was_not_run) {
    ruling.verdict = Verdict::broken;
  } else if (is_marked) {
    difference.note =
        fmt::format("the case relies on {}, and no profile that tolerates it was given",
                    fmt::join(program.header.quirks, ", "));
  } else if (!judged.is_reference) {
    difference.note =
        "the case and the reference contradict each other, and the backend answers as"
        " the reference does";
    ruling.verdict = Verdict::broken;
  }
  ruling.differences.push_back(std::move(difference));
  return ruling;
}

DataModel data_model_of(const Program& program) {
  return program.header.abi == CaseAbi::lp64 ? DataModel::lp64 : DataModel::ilp32;
}

}  // namespace touchstone
