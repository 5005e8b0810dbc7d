#include "conformance/result.h"

#include <algorithm>

namespace touchstone {

const Difference* deciding_difference(const std::vector<Difference>& differences) {
  const auto found = std::ranges::find(differences, Difference::Role::decides, &Difference::role);
  return found == differences.end() ? nullptr : &*found;
}

std::string deciding_clause(const CaseResult& result) {
  const Difference* difference = deciding_difference(result.differences);
  return difference == nullptr ? "" : difference->clause;
}

std::size_t count_of(const RunResult& result, Verdict verdict) {
  return static_cast<std::size_t>(std::ranges::count(result.cases, verdict, &CaseResult::verdict));
}

ExitStatus exit_status(const RunResult& result) {
  const auto any = [&result](Verdict verdict) { return count_of(result, verdict) != 0; };
  if (!result.lost.empty() || any(Verdict::backend_lost)) return ExitStatus::backend_unusable;
  if (any(Verdict::broken)) return ExitStatus::harness_broken;
  if (!result.malformed.empty()) return ExitStatus::wrong_usage;
  const bool has_failed = std::ranges::any_of(
      result.cases, [](const CaseResult& one) { return fails_the_run(one.verdict); });
  if (has_failed || !result.waiver_findings.empty()) return ExitStatus::unexpected_result;
  // Nothing was carried out: silence is no success.
  if (count_of(result, Verdict::unsupported) == result.cases.size()) return ExitStatus::wrong_usage;
  return ExitStatus::all_held;
}

}  // namespace touchstone
