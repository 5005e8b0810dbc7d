#include "conformance/userspace/commands_userspace.h"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <ostream>
#include <utility>

#include "conformance/report_text.h"
#include "conformance/support.h"
#include "conformance/userspace/legacy_profile.h"
#include "conformance/userspace/script_run.h"
#include "conformance/userspace/script_selection.h"

namespace touchstone::userspace {
namespace {

ExitStatus list(const ScriptSelection& selection, const World& world) {
  for (const ScriptFile& file : selection.cases) {
    fmt::print(world.out, "{:<44} {}  ({})\n", file.id, file.script.header.title,
               fmt::join(file.script.header.clauses, ", "));
  }
  for (const std::string& error : selection.malformed) fmt::print(world.err, "{}\n", error);
  if (!selection.malformed.empty()) return ExitStatus::wrong_usage;
  if (!selection.cases.empty()) return ExitStatus::all_held;
  return refuse(world, ExitStatus::wrong_usage, "the selection is empty");
}

std::string model_words(const Stage& stage, const Options& options) {
  if (options.userspace.data_model) {
    return std::string(data_model_word(*options.userspace.data_model));
  }
  std::vector<std::string_view> words;
  for (const ChapterSubject& one : stage.subjects) {
    for (const DataModel data_model : one.subject.data_models) {
      const std::string_view word = data_model_word(data_model);
      if (std::ranges::find(words, word) == words.end()) words.push_back(word);
    }
  }
  return fmt::format("{}", fmt::join(words, "+"));
}

Provenance provenance(const Stage& stage, const Options& options, const LegacyProfile& profile) {
  Provenance from = provenance_of(options, profile.name, stage.command);
  const Subject& subject = stage.subjects.front().subject;
  from.backend = options.userspace.library.empty() ? subject.name : options.userspace.library;
  from.backend_name = subject.name;
  from.backend_version = subject.version;
  from.data_model = model_words(stage, options);
  if (stage.more) from.seed = stage.more->seed;
  return from;
}

ScriptRunOptions run_options(const Stage& stage, const Options& options) {
  ScriptRunOptions run;
  run.step_time = step_time(options);
  run.data_model = options.userspace.data_model;
  run.replay_command = "touchstone " + stage.command;
  run.replay_flags = replay_flags(options);
  return run;
}

bool is_of_more(const std::string& id, const Stage& stage) {
  return stage.more && std::ranges::any_of(stage.more->prefixes, [&id](const std::string& prefix) {
           return id.starts_with(prefix);
         });
}

// What the words on the command line ask for: scripts, cases that are none, or both.
struct Asked {
  SelectionOptions scripts;
  SelectionOptions more;
  bool wants_scripts = true;
  bool wants_more = false;
};

Asked asked_for(const Stage& stage, const SelectionOptions& selection) {
  Asked asked{selection, selection, true, stage.more.has_value()};
  if (selection.names.empty()) return asked;
  std::erase_if(asked.scripts.names, [&](const auto& name) { return is_of_more(name, stage); });
  std::erase_if(asked.more.names, [&](const auto& name) { return !is_of_more(name, stage); });
  asked.wants_scripts = !asked.scripts.names.empty();
  asked.wants_more = !asked.more.names.empty();
  return asked;
}

std::expected<void, std::string> play_more(const Stage& stage, const Asked& asked,
                                           const Suite& suite, const LegacyProfile& profile,
                                           const OnCase& on_case, RunResult& result) {
  const std::size_t before = result.cases.size();
  const auto is_wanted_here = [&](const CaseResult& one) {
    const auto& names = asked.more.names;
    CaseHeader header;
    header.clauses = one.clauses;
    return (names.empty() ||
            std::ranges::any_of(
                names, [&one](const std::string& glob) { return matches_glob(glob, one.id); })) &&
           is_wanted(one.id, one.chapter, header, asked.more, suite.catalogue);
  };
  const MoreContext context{suite.catalogue, profile, on_case, is_wanted_here};
  if (auto played = stage.more->play(context, result); !played) return played;
  if (asked.more.names.empty() || result.cases.size() != before) return {};
  return std::unexpected(fmt::format("`{}` matches no case", fmt::join(asked.more.names, "`, `")));
}

// What a waiver may name although this run shows nothing of it: scripts that were not selected,
// each in the data models that were not played, and other cases if not all of them were.
std::vector<CaseFile> known_to_waivers(const ScriptSelection& selection, const Stage& stage,
                                       const Options& options, const WaiverFile& waivers) {
  std::vector<CaseFile> known;
  const auto add = [&known](const ScriptFile& file, bool is_selected) {
    CaseFile one{file.id, file.file, file.call, file.chapter, {}};
    one.program.header = file.script.header;
    // An entry for a clause was looked at in every case that is selected.
    if (is_selected) one.program.header.clauses.clear();
    known.push_back(one);
    for (const DataModel data_model : {DataModel::ilp32, DataModel::lp64}) {
      one.id = fmt::format("{}@{}", file.id, data_model_word(data_model));
      known.push_back(one);
    }
  };
  for (const ScriptFile& file : selection.cases) add(file, true);
  for (const ScriptFile& file : selection.known) add(file, false);
  const SelectionOptions& chosen = options.selection;
  const bool is_partial = !chosen.names.empty() || !chosen.clauses.empty() ||
                          !chosen.levels.empty() || options.userspace.data_model;
  for (const Waiver& waiver : waivers.waivers) {
    if (!is_partial || !is_of_more(waiver.subject, stage)) continue;
    known.push_back({waiver.subject, {}, {}, {}, {}});
  }
  return known;
}

std::vector<std::string> chapters_of(const Stage& stage) {
  std::vector<std::string> chapters;
  for (const ChapterSubject& one : stage.subjects) chapters.push_back(one.chapter);
  return chapters;
}

std::vector<ScriptFile> files_of(const std::string& chapter, const ScriptSelection& selection) {
  std::vector<ScriptFile> files;
  for (const ScriptFile& file : selection.cases) {
    if (file.chapter == chapter) files.push_back(file);
  }
  return files;
}

std::size_t count_of(const Stage& stage, const ScriptSelection& selection,
                     const ScriptRunOptions& run) {
  std::size_t count = 0;
  for (const auto& [chapter, subject] : stage.subjects) {
    for (const ScriptFile& file : files_of(chapter, selection)) {
      count += run_count(file, subject, run);
    }
  }
  return count;
}

void run_all(const Stage& stage, const ScriptSelection& selection, const ScriptJudge& judge,
             const ScriptRunOptions& run, const OnCase& on_case, RunResult& result) {
  for (const auto& [chapter, subject] : stage.subjects) {
    run_scripts(files_of(chapter, selection), subject, judge, run, on_case, result);
    if (!result.lost.empty()) return;
  }
}

std::expected<ScriptSelection, std::string> scripts_of(const Stage& stage, const Asked& asked,
                                                       const Suite& suite) {
  auto selection = select_scripts(asked.scripts, chapters_of(stage), suite.data, suite.catalogue);
  if (selection && !asked.wants_scripts) {
    std::ranges::move(selection->cases, std::back_inserter(selection->known));
    selection->cases.clear();
    selection->malformed.clear();
  }
  return selection;
}

}  // namespace

ExitStatus judge_on(const Stage& stage, const Options& options, const Suite& suite,
                    const World& world) {
  const auto profile = load_legacy_profile(suite.data.spec(), options.profile, suite.catalogue);
  if (!profile) return refuse(world, ExitStatus::wrong_usage, profile.error());
  const auto waivers = read_waivers(options.waivers);
  if (!waivers) return refuse(world, ExitStatus::wrong_usage, waivers.error());
  const Asked asked = asked_for(stage, options.selection);
  const auto selection = scripts_of(stage, asked, suite);
  if (!selection) return refuse(world, ExitStatus::wrong_usage, selection.error());
  if (options.userspace.lists) return list(*selection, world);
  if (selection->cases.empty() && selection->malformed.empty() && !asked.wants_more) {
    return refuse(world, ExitStatus::wrong_usage,
                  "the selection is empty: no case is left to carry out");
  }

  RunResult result;
  result.provenance = provenance(stage, options, *profile);
  result.malformed = selection->malformed;
  const ScriptRunOptions run = run_options(stage, options);
  write_heading(result.provenance, count_of(stage, *selection, run), world.out);
  if (asked.wants_more) fmt::print(world.out, "and {}\n", stage.more->title);
  Progress progress(world.out);
  const OnCase on_case = [&progress](const CaseResult& one) { progress.add(one); };
  const ScriptJudge judge(suite.catalogue, *profile);
  run_all(stage, *selection, judge, run, on_case, result);
  if (asked.wants_more && result.lost.empty()) {
    if (auto played = play_more(stage, asked, suite, *profile, on_case, result); !played) {
      return refuse(world, ExitStatus::wrong_usage, played.error());
    }
  }
  progress.finish();
  if (result.lost.empty()) {
    apply_waivers(*waivers, known_to_waivers(*selection, stage, options, *waivers), world.today,
                  result);
  }
  return conclude(options, result, world);
}

}  // namespace touchstone::userspace

namespace touchstone {

ExitStatus command_userspace(const Options& options, const Suite& suite, const World& world) {
  auto stage = userspace::open_stage(options, suite);
  if (stage && options.userspace.is_isolated) {
    for (auto& one : stage->subjects) one.subject.is_reference = false;
  }
  if (stage) return userspace::judge_on(*stage, options, suite, world);
  return refuse(world,
                stage.error().is_usage ? ExitStatus::wrong_usage : ExitStatus::backend_unusable,
                stage.error().text);
}

}  // namespace touchstone
