// The subcommands about single cases and clauses: list, show, replay, record, spec.
#include <fmt/format.h>
#include <fmt/ostream.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ostream>
#include <utility>

#include "adapter/case_text.h"
#include "adapter/diagram.h"
#include "adapter/executor.h"
#include "adapter/recorder.h"
#include "conformance/commands.h"
#include "conformance/compare.h"
#include "conformance/difference.h"
#include "conformance/judge.h"
#include "conformance/play.h"
#include "conformance/report_text.h"
#include "conformance/runner.h"
#include "conformance/support.h"
#include "conformance/text_file.h"
#include "conformance/userspace/script_selection.h"

namespace touchstone {
namespace {

// A case and the backend to play it on, or the exit status of what was wrong.
struct Stage {
  CaseFile file;
  OpenBackend backend;
};

std::expected<Stage, ExitStatus> set_up(const Options& options, const Suite& suite,
                                        const World& world) {
  auto file = find_case(options.case_name, suite.data, suite.catalogue);
  if (!file) return std::unexpected(refuse(world, ExitStatus::wrong_usage, file.error()));
  auto backend = open_backend(options.backend, options.data_model);
  if (!backend) {
    const ExitStatus status =
        backend.error().is_usage ? ExitStatus::wrong_usage : ExitStatus::backend_unusable;
    return std::unexpected(refuse(world, status, backend.error().text));
  }
  const auto missing = missing_for(file->program, backend->factory->info());
  if (!missing.empty()) {
    return std::unexpected(
        refuse(world, ExitStatus::wrong_usage,
               fmt::format("unsupported: {} needs {}", file->id, fmt::join(missing, ", "))));
  }
  return Stage{std::move(*file), std::move(*backend)};
}

std::chrono::milliseconds step_time(const Options& options) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(options.timeout_seconds * 1e3));
}

// Prints each step with its outcome, and what was expected instead.
class StepPrinter {
 public:
  StepPrinter(const Program& program, const BackendInfo& info, std::ostream& out)
      : program_(program), comparer_(program, {info.has(Capability::credentials)}), out_(out) {}

  void print(std::size_t index, const Outcome& got) {
    const Step& step = program_.steps[index];
    const auto match = comparer_.compare(index, step.expected, {&got, 1});
    const bool differs = match == Comparer::Match::no;
    fmt::print(out_, "{} {:>4}  {} -> {}\n", differs ? "DIFFERS" : "ok     ", step.line,
               print_operation(step.operation, program_), print_outcome(got, program_));
    if (differs) {
      fmt::print(out_, "{:>13} expected -> {}\n", "", outcome_text(step.expected, program_));
    }
    out_.flush();
  }

 private:
  const Program& program_;
  Comparer comparer_;
  std::ostream& out_;
};

Played play_and_print(Stage& stage, std::chrono::milliseconds time, std::ostream& out) {
  const Program& program = stage.file.program;
  BackendFactory& factory = *stage.backend.factory;
  StepPrinter printer(program, factory.info(), out);
  Played played;
  if (factory.needs_isolation()) {
    played = play(program, factory, {true, time});
    for (std::size_t index = 0; index < played.outcomes.size(); ++index) {
      printer.print(index, played.outcomes[index]);
    }
    return played;
  }
  const auto instance = factory.create();
  Executor executor(program, *instance);
  for (std::size_t index = 0; index < program.steps.size(); ++index) {
    played.outcomes.push_back(executor.run_step(index));
    printer.print(index, played.outcomes.back());
  }
  return played;
}

// A case of any kind, as far as a clause is concerned.
struct ListedCase {
  std::string id;
  CaseHeader header;
  bool names(const std::string& clause) const {
    return std::ranges::find(header.clauses, clause) != header.clauses.end();
  }
};

void print_clause(const Clause& clause, const std::vector<ListedCase>& cases, std::ostream& out) {
  fmt::print(out, "{} {}: {}\n{}\n", clause.id, level_word(clause.level), clause.title,
             clause.sentence);
  const auto field = [&out](std::string_view name, std::string_view text) {
    if (!text.empty()) fmt::print(out, "  {:<8}{}\n", name, text);
  };
  field("order", clause.order);
  field("state", clause.state);
  for (const std::string& also : clause.also) field("also", also);
  field("source", clause.source);
  fmt::print(out, "cases\n");
  for (const ListedCase& one : cases) {
    if (one.names(clause.id)) fmt::print(out, "  {:<44} {}\n", one.id, one.header.title);
  }
}

void print_clauses(const SpecCatalogue& catalogue, const std::vector<ListedCase>& cases,
                   std::ostream& out) {
  for (const Clause& clause : catalogue.clauses()) {
    const auto count = std::ranges::count_if(
        cases, [&clause](const ListedCase& one) { return one.names(clause.id); });
    fmt::print(out, "{:<7} {:<11} {:>3} {}  {}\n", clause.id, level_word(clause.level), count,
               count == 1 ? "case " : "cases", clause.title);
  }
}

}  // namespace

ExitStatus command_list(const Options& options, const Suite& suite, const World& world) {
  const auto selection = selected(options, suite);
  if (!selection) return refuse(world, ExitStatus::wrong_usage, selection.error());
  for (const CaseFile& file : selection->cases) {
    fmt::print(world.out, "{:<44} {}  ({})\n", file.id, file.program.header.title,
               fmt::join(file.program.header.clauses, ", "));
  }
  for (const std::string& error : selection->malformed) fmt::print(world.err, "{}\n", error);
  if (!selection->malformed.empty()) return ExitStatus::wrong_usage;
  if (!selection->cases.empty()) return ExitStatus::all_held;
  return refuse(world, ExitStatus::wrong_usage, "the selection is empty");
}

ExitStatus command_show(const Options& options, const Suite& suite, const World& world) {
  const auto file = find_case(options.case_name, suite.data, suite.catalogue);
  if (!file) return refuse(world, ExitStatus::wrong_usage, file.error());
  world.out << draw_sequence_diagram(file->program, nullptr);
  return ExitStatus::all_held;
}

ExitStatus command_replay(const Options& options, const Suite& suite, const World& world) {
  const auto profile = load_profile(suite.data.spec(), options.profile, suite.catalogue);
  if (!profile) return refuse(world, ExitStatus::wrong_usage, profile.error());
  auto stage = set_up(options, suite, world);
  if (!stage) return stage.error();
  const BackendInfo& info = stage->backend.factory->info();
  const Played played = play_and_print(*stage, step_time(options), world.out);

  const Judge judge(suite.catalogue, *profile);
  Ruling ruling = judge.judge_run(
      stage->file.program, played.outcomes,
      {info.data_model, info.has(Capability::credentials), stage->backend.is_reference});
  RunResult result;
  result.provenance.backend = stage->backend.given;
  result.provenance.backend_name = info.name;
  result.provenance.backend_version = info.version;
  CaseResult one;
  one.file = stage->file.file;
  one.verdict = ruling.verdict;
  one.reason = ruling.reason;
  one.differences = std::move(ruling.differences);
  one.captured = played.captured;
  result.cases.push_back(one);
  if (fails_the_run(one.verdict)) {
    world.out << '\n';
    write_differences(one, result.provenance, world.out);
  }
  fmt::print(world.out, "{}{}{}\n", verdict_word(one.verdict), one.reason.empty() ? "" : ": ",
             one.reason);
  return exit_status(result);
}

ExitStatus command_record(const Options& options, const Suite& suite, const World& world) {
  auto stage = set_up(options, suite, world);
  if (!stage) return stage.error();
  const Program& program = stage->file.program;
  BackendFactory& factory = *stage->backend.factory;
  const Played played = play(program, factory, {factory.needs_isolation(), step_time(options)});
  const std::string text = print_case(record(program, played.outcomes));
  if (options.output.empty()) {
    world.out << text;
  } else if (auto written = write_text_file(options.output, text); !written) {
    return refuse(world, ExitStatus::wrong_usage, written.error());
  }
  const bool is_lost =
      !played.outcomes.empty() && played.outcomes.back().kind == Outcome::Kind::lost;
  if (!is_lost) return ExitStatus::all_held;
  return refuse(world, ExitStatus::backend_unusable,
                "the backend is gone: " + played.outcomes.back().reason);
}

ExitStatus command_spec(const Options& options, const Suite& suite, const World& world) {
  const auto selection = select_cases({}, suite.data, suite.catalogue);
  if (!selection) return refuse(world, ExitStatus::wrong_usage, selection.error());
  const auto scripts =
      userspace::select_scripts({}, suite.catalogue.chapters(), suite.data, suite.catalogue);
  if (!scripts) return refuse(world, ExitStatus::wrong_usage, scripts.error());
  std::vector<ListedCase> cases;
  for (const CaseFile& file : selection->cases) cases.push_back({file.id, file.program.header});
  for (const userspace::ScriptFile& file : scripts->cases) {
    cases.push_back({file.id, file.script.header});
  }
  if (options.clause.empty()) {
    print_clauses(suite.catalogue, cases, world.out);
  } else if (const Clause* clause = suite.catalogue.find(options.clause)) {
    print_clause(*clause, cases, world.out);
  } else {
    return refuse(world, ExitStatus::wrong_usage, fmt::format("no clause `{}`", options.clause));
  }
  for (const auto* malformed : {&selection->malformed, &scripts->malformed}) {
    for (const std::string& error : *malformed) fmt::print(world.err, "{}\n", error);
  }
  const bool all_were_read = selection->malformed.empty() && scripts->malformed.empty();
  return all_were_read ? ExitStatus::all_held : ExitStatus::wrong_usage;
}

}  // namespace touchstone
