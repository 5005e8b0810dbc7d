#include "conformance/userspace/script_run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

#include "adapter/case_words.h"
#include "conformance/shell_word.h"
#include "conformance/support.h"

namespace touchstone::userspace {
namespace {

constexpr std::array both_data_models{DataModel::ilp32, DataModel::lp64};

bool is_for(CaseAbi abi, DataModel data_model) {
  if (abi == CaseAbi::any) return true;
  return (abi == CaseAbi::lp64) == (data_model == DataModel::lp64);
}

std::vector<DataModel> shared_models(const Script& script, const Subject& subject) {
  std::vector<DataModel> shared;
  for (const DataModel data_model : both_data_models) {
    const auto& offered = subject.data_models;
    const bool is_offered = std::ranges::find(offered, data_model) != offered.end();
    if (is_offered && is_for(script.header.abi, data_model)) shared.push_back(data_model);
  }
  return shared;
}

CaseResult result_of(const ScriptFile& file) {
  return unjudged(file.id, file.file, file.chapter, file.script.header);
}

void add_steps(const Script& script, const PlayedScript& played, CaseResult& result) {
  for (std::size_t index = 0; index < script.steps.size(); ++index) {
    const ScriptStep& step = script.steps[index];
    StepResult one{step.line, step.text, step.expected_text, {}};
    if (index < played.steps.size()) one.got = got_text(played.steps[index]);
    result.steps.push_back(std::move(one));
  }
}

// One script in one data model.  An error is a mistake of its text.
std::expected<CaseResult, ParseError> run_script(const ScriptFile& file, const Subject& subject,
                                                 DataModel data_model, const ScriptJudge& judge,
                                                 std::chrono::milliseconds step_time) {
  CaseResult result = result_of(file);
  const auto start = std::chrono::steady_clock::now();
  PlayedScript played = play(file.script, subject, data_model, step_time);
  auto ruled = judge.judge(file.script, played);
  if (!ruled) return std::unexpected(ruled.error());
  result.milliseconds =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  result.verdict = ruled->ruling.verdict;
  result.reason = std::move(ruled->ruling.reason);
  result.tolerated = std::move(ruled->ruling.tolerated);
  result.differences = std::move(ruled->ruling.differences);
  if (!ruled->lacks.empty()) result.missing.push_back(ruled->lacks);
  add_steps(file.script, played, result);
  result.captured = std::move(played.captured);
  return result;
}

CaseResult unsupported(const ScriptFile& file) {
  CaseResult result = result_of(file);
  result.verdict = Verdict::unsupported;
  result.missing.push_back(fmt::format("abi={}", word_of(case_abi_words, file.script.header.abi)));
  result.reason = fmt::format("needs {}", result.missing.front());
  return result;
}

class Run {
 public:
  Run(const Subject& subject, const ScriptJudge& judge, const ScriptRunOptions& options,
      const OnCase& on_case, RunResult& result)
      : subject_(subject), judge_(judge), options_(options), on_case_(on_case), result_(result) {}

  // False when the implementation is lost.
  bool add(const ScriptFile& file) {
    const std::vector<DataModel> models = shared_models(file.script, subject_);
    bool is_played = false;
    for (const DataModel data_model : models) {
      if (options_.data_model.value_or(data_model) != data_model) continue;
      is_played = true;
      auto one = run_script(file, subject_, data_model, judge_, options_.step_time);
      if (!one) {
        result_.malformed.push_back(to_string(one.error(), file.file));
        return true;
      }
      const std::string model_word(data_model_word(data_model));
      if (models.size() > 1) one->id += "@" + model_word;
      const std::string abi_flag = models.size() > 1 ? " --abi " + model_word : "";
      one->replay = fmt::format("{} {}{}{}", options_.replay_command, shell_word(file.call),
                                abi_flag, options_.replay_flags);
      add(std::move(*one));
      if (!result_.lost.empty()) return false;
    }
    if (!is_played) add(unsupported_here(file));
    return true;
  }

 private:
  // The one that is asked for with --abi counts as all there is.
  CaseResult unsupported_here(const ScriptFile& file) const {
    CaseResult result = unsupported(file);
    if (file.script.header.abi == CaseAbi::any && options_.data_model) {
      result.missing.front() = fmt::format("abi={}", data_model_word(*options_.data_model));
      result.reason = fmt::format("needs {}", result.missing.front());
    }
    return result;
  }

  void add(CaseResult one) {
    result_.cases.push_back(std::move(one));
    const CaseResult& added = result_.cases.back();
    on_case_(added);
    if (added.verdict != Verdict::backend_lost) return;
    result_.lost = added.reason.empty() ? "no reason was given" : added.reason;
  }

  const Subject& subject_;
  const ScriptJudge& judge_;
  const ScriptRunOptions& options_;
  const OnCase& on_case_;
  RunResult& result_;
};

}  // namespace

std::size_t run_count(const ScriptFile& file, const Subject& subject,
                      const ScriptRunOptions& options) {
  const auto models = shared_models(file.script, subject);
  if (models.empty() || options.data_model) return 1;
  return models.size();
}

void run_scripts(const std::vector<ScriptFile>& files, const Subject& subject,
                 const ScriptJudge& judge, const ScriptRunOptions& options, const OnCase& on_case,
                 RunResult& result) {
  Run run(subject, judge, options, on_case, result);
  for (const ScriptFile& file : files) {
    if (!run.add(file)) return;
  }
}

}  // namespace touchstone::userspace
