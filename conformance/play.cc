#include "conformance/play.h"

#include <algorithm>
#include <utility>

#include "adapter/executor.h"
#include "adapter/isolated_run.h"

namespace touchstone {
namespace {

constexpr int attempts_max = 3;  // where the machine is late

// A difference that may come of this machine being late alone; one in an earlier step does not.
bool may_come_of_lateness(const Ruling& ruling, const Played& played, const Program& program) {
  if (ruling.verdict != Verdict::fail || !played.late_from) return false;
  const Difference* deciding = deciding_difference(ruling.differences);
  return deciding != nullptr && deciding->line >= program.steps[*played.late_from].line;
}

}  // namespace

Played play(const Program& program, BackendFactory& factory, const PlayOptions& options) {
  if (options.is_isolated) {
    IsolatedResult result = run_isolated(program, factory, {.step_time_max = options.step_time});
    return {std::move(result.outcomes), std::move(result.captured_stderr)};
  }
  const auto backend = factory.create();
  if (!backend) return {{lost("it could not be made")}, {}};
  Executor executor(program, *backend);
  std::vector<Outcome> outcomes = executor.run_all();
  return {std::move(outcomes), {}, executor.late_from()};
}

JudgedPlay play_and_judge(const Program& program, BackendFactory& factory, const Judge& judge,
                          bool is_reference, const PlayOptions& options) {
  const BackendInfo& info = factory.info();
  const Judged judged{info.data_model, info.has(Capability::credentials), is_reference};
  JudgedPlay last;
  for (int attempt = 0; attempt < attempts_max; ++attempt) {
    last.played = play(program, factory, options);
    last.ruling = judge.judge_run(program, last.played.outcomes, judged);
    if (!may_come_of_lateness(last.ruling, last.played, program)) break;
  }
  return last;
}

}  // namespace touchstone
