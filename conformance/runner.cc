#include "conformance/runner.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "adapter/backends/agent_factory.h"
#include "adapter/backends/plugin_backend.h"
#include "adapter/backends/reference_backend.h"
#include "adapter/case_text.h"
#include "adapter/case_words.h"
#include "conformance/difference.h"
#include "conformance/in_order.h"
#include "conformance/play.h"
#include "conformance/shell_word.h"
#include "conformance/support.h"

namespace touchstone {
namespace {

constexpr std::string_view plugin_prefix = "plugin:";

OpenBackend reference_backend(const std::string& given, DataModel data_model) {
  return {given, make_reference_factory({.data_model = data_model}), true};
}

CaseResult result_of(const CaseFile& file) {
  return unjudged(file.id, file.file, file.chapter, file.program.header);
}

void take(Ruling ruling, CaseResult& result) {
  result.verdict = ruling.verdict;
  result.reason = std::move(ruling.reason);
  result.tolerated = std::move(ruling.tolerated);
  result.differences = std::move(ruling.differences);
}

void add_steps(const Program& program, const std::vector<Outcome>& outcomes, CaseResult& result) {
  for (std::size_t index = 0; index < program.steps.size(); ++index) {
    const Step& step = program.steps[index];
    StepResult one{step.line,
                   print_operation(step.operation, program),
                   outcome_text(step.expected, program),
                   {}};
    if (index < outcomes.size()) one.got = print_outcome(outcomes[index], program);
    result.steps.push_back(std::move(one));
  }
}

double milliseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

void rule_out(const std::vector<std::string>& missing, const RunOptions& options,
              CaseResult& result) {
  const auto required = std::ranges::find_first_of(missing, options.required);
  const bool is_required = required != missing.end();
  result.verdict = is_required ? Verdict::fail : Verdict::unsupported;
  result.missing = missing;
  result.reason = is_required ? fmt::format("needs {}, which --require asks for", *required)
                              : fmt::format("needs {}", fmt::join(missing, ", "));
}

CaseResult run_case(const CaseFile& file, OpenBackend& backend, const Judge& judge,
                    const RunOptions& options) {
  CaseResult result = result_of(file);
  const BackendInfo& info = backend.factory->info();
  result.replay = fmt::format("touchstone replay {} --backend {}{}", shell_word(file.call),
                              shell_word(backend.given), options.replay_flags);
  const auto missing = missing_for(file.program, info);
  if (!missing.empty()) {
    rule_out(missing, options, result);
    return result;
  }
  const auto start = std::chrono::steady_clock::now();
  auto [played, ruling] =
      play_and_judge(file.program, *backend.factory, judge, backend.is_reference,
                     {backend.factory->needs_isolation(), options.step_time});
  take(std::move(ruling), result);
  result.milliseconds = milliseconds_since(start);
  add_steps(file.program, played.outcomes, result);
  result.captured = std::move(played.captured);
  return result;
}

}  // namespace

std::expected<OpenBackend, BackendError> open_backend(const std::string& given,
                                                      DataModel data_model) {
  if (given == "reference") return reference_backend(given, data_model);
  if (given == "reference:ilp32") return reference_backend(given, DataModel::ilp32);
  if (given == "reference:lp64") return reference_backend(given, DataModel::lp64);
  if (is_agent_spec(given)) {
    auto opened = open_agent(given);
    if (!opened) return std::unexpected(BackendError{false, opened.error()});
    return OpenBackend{given, std::move(*opened), false};
  }
  if (!given.starts_with(plugin_prefix) || given.size() == plugin_prefix.size()) {
    return std::unexpected(BackendError{
        true,
        fmt::format("expected reference, reference:lp64, plugin:PATH, daemon:, daemon:SOCKET, "
                    "device:PATH or agent:.., found `{}`",
                    given)});
  }
  auto plugin = load_plugin(given.substr(plugin_prefix.size()));
  if (!plugin) return std::unexpected(BackendError{false, plugin.error()});
  return OpenBackend{given, std::move(*plugin), false};
}

void run_cases(const std::vector<CaseFile>& cases, OpenBackend& backend, const Judge& judge,
               const RunOptions& options, const OnCase& on_case, RunResult& result) {
  const auto run_one = [&](std::size_t index) {
    return run_case(cases[index], backend, judge, options);
  };
  const std::uint32_t jobs = std::min(options.jobs, backend.factory->instances_max());
  in_order(cases.size(), jobs, run_one, [&](CaseResult one) {
    result.cases.push_back(std::move(one));
    on_case(result.cases.back());
    if (result.cases.back().verdict != Verdict::backend_lost) return true;
    const std::string& reason = result.cases.back().reason;
    result.lost = reason.empty() ? "no reason was given" : reason;
    return false;
  });
}

void judge_recordings(const std::vector<CaseFile>& cases, const Judge& judge,
                      const RunOptions& options, const OnCase& on_case, RunResult& result) {
  for (const CaseFile& file : cases) {
    CaseResult one = result_of(file);
    one.replay = fmt::format("touchstone judge {}{}", shell_word(file.call), options.replay_flags);
    const auto start = std::chrono::steady_clock::now();
    take(judge.judge_recording(file.program), one);
    one.milliseconds = milliseconds_since(start);
    add_steps(file.program, {}, one);
    result.cases.push_back(std::move(one));
    on_case(result.cases.back());
  }
}

}  // namespace touchstone
