// The subcommands that give verdicts on the kernel side: run and judge; and what every command that
// gives verdicts shares.
#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <ostream>
#include <utility>

#include "conformance/commands.h"
#include "conformance/judge.h"
#include "conformance/report_text.h"
#include "conformance/runner.h"
#include "conformance/support.h"
#include "conformance/text_file.h"

namespace touchstone {
namespace {

std::expected<Selection, std::string> select_for_run(const Options& options, const Suite& suite) {
  auto selection = selected(options, suite);
  if (selection && selection->cases.empty() && selection->malformed.empty()) {
    return std::unexpected("the selection is empty: no case is left to carry out");
  }
  return selection;
}

void add_backend(const OpenBackend& backend, Provenance& from) {
  const BackendInfo& info = backend.factory->info();
  from.backend = backend.given;
  from.backend_name = info.name;
  from.backend_version = info.version;
  from.data_model = data_model_word(info.data_model);
  from.capabilities = capability_words_of(info);
}

std::string profile_flag(const Options& options) {
  return options.profile.empty() ? "" : " --profile " + options.profile;
}

std::string replay_flags(const Options& options, const OpenBackend& backend) {
  std::string flags = profile_flag(options);
  const bool is_lp64 = backend.factory->info().data_model == DataModel::lp64;
  if (backend.given == "reference" && is_lp64) flags += " --abi lp64";
  return flags;
}

// A recording that states no outcome would be judged right whatever it is.
void set_aside_silent_recordings(Selection& selection) {
  std::erase_if(selection.cases, [&selection](const CaseFile& file) {
    const bool is_silent = std::ranges::all_of(
        file.program.steps, [](const Step& step) { return step.expected.empty(); });
    if (is_silent) selection.malformed.push_back(file.file + ": states no outcome to judge");
    return is_silent;
  });
}

// What waits in real time is hardly ever at work.
std::uint32_t default_jobs(const BackendInfo& backend) { return backend.real_time ? 16 : 1; }

}  // namespace

std::expected<WaiverFile, std::string> read_waivers(const std::string& path) {
  if (path.empty()) return WaiverFile{};
  const auto text = read_text_file(path);
  if (!text) return std::unexpected(text.error());
  return parse_waivers(*text, path);
}

Provenance provenance_of(const Options& options, const std::string& profile, std::string command) {
  Provenance from;
  from.suite_version = TOUCHSTONE_VERSION;
  from.command = std::move(command);
  from.profile = profile;
  from.flags = options.flags;
  return from;
}

ExitStatus conclude(const Options& options, const RunResult& result, const World& world) {
  write_conclusion(result, world.out);
  ExitStatus status = exit_status(result);
  for (const ReportOrder& order : options.reports) {
    const auto written = write_report(result, order);
    if (written) continue;
    const ExitStatus refused = refuse(world, ExitStatus::wrong_usage, written.error());
    status = std::max(status, refused);
  }
  return status;
}

ExitStatus command_run(const Options& options, const Suite& suite, const World& world) {
  const auto profile = load_profile(suite.data.spec(), options.profile, suite.catalogue);
  if (!profile) return refuse(world, ExitStatus::wrong_usage, profile.error());
  const auto waivers = read_waivers(options.waivers);
  if (!waivers) return refuse(world, ExitStatus::wrong_usage, waivers.error());
  const auto selection = select_for_run(options, suite);
  if (!selection) return refuse(world, ExitStatus::wrong_usage, selection.error());
  auto backend = open_backend(options.backend, options.data_model);
  if (!backend) {
    return refuse(world,
                  backend.error().is_usage ? ExitStatus::wrong_usage : ExitStatus::backend_unusable,
                  backend.error().text);
  }

  RunResult result;
  result.provenance = provenance_of(options, profile->name, "run");
  add_backend(*backend, result.provenance);
  result.malformed = selection->malformed;
  write_heading(result.provenance, selection->cases.size(), world.out);
  Progress progress(world.out);
  const Judge judge(suite.catalogue, *profile);
  RunOptions run;
  run.step_time =
      std::chrono::milliseconds(static_cast<std::int64_t>(options.timeout_seconds * 1e3));
  run.jobs = options.jobs > 0 ? options.jobs : default_jobs(backend->factory->info());
  run.required = options.required;
  run.replay_flags = replay_flags(options, *backend);
  run_cases(
      selection->cases, *backend, judge, run,
      [&progress](const CaseResult& one) { progress.add(one); }, result);
  progress.finish();
  // What was not carried out, because the backend was lost, says nothing about its waivers.
  if (result.lost.empty()) apply_waivers(*waivers, selection->known, world.today, result);
  return conclude(options, result, world);
}

ExitStatus command_judge(const Options& options, const Suite& suite, const World& world) {
  const auto profile = load_profile(suite.data.spec(), options.profile, suite.catalogue);
  if (!profile) return refuse(world, ExitStatus::wrong_usage, profile.error());
  auto selection = select_for_run(options, suite);
  if (!selection) return refuse(world, ExitStatus::wrong_usage, selection.error());
  set_aside_silent_recordings(*selection);

  RunResult result;
  result.provenance = provenance_of(options, profile->name, "judge");
  result.malformed = selection->malformed;
  write_heading(result.provenance, selection->cases.size(), world.out);
  Progress progress(world.out);
  const Judge judge(suite.catalogue, *profile);
  RunOptions run;
  run.replay_flags = profile_flag(options);
  judge_recordings(
      selection->cases, judge, run, [&progress](const CaseResult& one) { progress.add(one); },
      result);
  progress.finish();
  return conclude(options, result, world);
}

}  // namespace touchstone
