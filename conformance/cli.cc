#include "conformance/cli.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "conformance/commands.h"
#include "conformance/options.h"
#include "conformance/selection.h"
#include "conformance/support.h"
#include "conformance/verdict.h"

namespace touchstone {
namespace {

// Turns a parser's "or what was expected" into the error that CLI11 reports with the option's name.
template <typename Parse, typename Keep>
auto read_with(Parse parse, Keep keep) {
  return [parse, keep](const std::vector<std::string>& words) {
    for (const std::string& word : words) {
      auto value = parse(word);
      if (!value) throw CLI::ValidationError(value.error());
      keep(std::move(*value));
    }
    return true;
  };
}

std::expected<std::string, std::string> parse_capability(const std::string& word) {
  if (is_capability_word(word)) return word;
  return std::unexpected(fmt::format("no capability `{}`", word));
}

std::expected<DataModel, std::string> parse_data_model(const std::string& word) {
  for (const DataModel data_model : {DataModel::ilp32, DataModel::lp64}) {
    if (word == data_model_word(data_model)) return data_model;
  }
  return std::unexpected(fmt::format("expected ilp32 or lp64, found `{}`", word));
}

// The words that choose cases in every command that has them.
void add_names(CLI::App& app, SelectionOptions& selection) {
  app.add_option("selection", selection.names,
                 "Globs of CHAPTER/NAME or NAME, files or folders; all cases if none is given");
  app.add_option("--clause", selection.clauses, "Only cases that name this clause, e.g. MSG-27")
      ->allow_extra_args(false);
  app.add_option("--level", selection.levels,
                 "Only cases of clauses of this level: must, may, quirk, unspecified")
      ->allow_extra_args(false);
}

void add_selection(CLI::App& app, Options& options) {
  SelectionOptions& selection = options.selection;
  add_names(app, selection);
  app.add_option("--chapter", selection.chapters, "Only cases of this chapter, e.g. message")
      ->allow_extra_args(false);
  app.add_option("--failed-from", options.failed_from,
                 "Only cases that failed unexpectedly in this JSON report");
  app.add_option("--shard",
                 read_with(parse_shard, [&selection](Shard shard) { selection.shard = shard; }),
                 "Only part I of N, e.g. 2/8")
      ->type_name("I/N")
      ->expected(1);
}

void add_timeout(CLI::App& app, Options& options, const char* help) {
  app.add_option("--timeout", options.timeout_seconds, help)->check(CLI::Range(0.001, 86400.0));
}

void add_waivers(CLI::App& app, Options& options) {
  app.add_option("--waivers", options.waivers, "Failures that the backend is known to have");
}

CLI::Option* add_backend(CLI::App& app, Options& options) {
  CLI::Option* backend =
      app.add_option("--backend", options.backend,
                     "reference, reference:lp64, plugin:PATH.so, daemon:, device:PATH or agent:..")
          ->required()
          ->take_last();
  app.add_option("--abi",
                 read_with(parse_data_model,
                           [&options](DataModel data_model) { options.data_model = data_model; }),
                 "Data model of a plain `reference`")
      ->type_name("ilp32|lp64")
      ->expected(1);
  add_timeout(app, options, "Seconds that one step may take in a plug-in; 10 if not given");
  return backend;
}

void add_profile(CLI::App& app, Options& options) {
  app.add_option("--profile", options.profile,
                 "Tolerate the quirks of this profile of spec/profiles/, or of this file");
}

void add_reports(CLI::App& app, Options& options) {
  app.add_option(
         "--report",
         read_with(parse_report_order,
                   [&options](ReportOrder order) { options.reports.push_back(std::move(order)); }),
         "Write junit:FILE, tap:FILE or json:FILE; may be given more than once")
      ->type_name("FORM:FILE")
      ->expected(1, -1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void add_case(CLI::App& app, Options& options) {
  app.add_option("case", options.case_name, "A file, CHAPTER/NAME or NAME")->required();
}

void add_run(CLI::App& app, Options& options) {
  add_selection(app, options);
  add_backend(app, options);
  add_profile(app, options);
  add_reports(app, options);
  app.add_option(
         "--require",
         read_with(parse_capability,
                   [&options](std::string word) { options.required.push_back(std::move(word)); }),
         "A case that needs this capability and does not get it fails")
      ->type_name("CAPABILITY")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--jobs", options.jobs,
                 "Cases played at one time, where the backend's instances are independent; 16 if "
                 "not given and it waits in real time")
      ->check(CLI::Range(1, 1024));
  add_waivers(app, options);
}

void add_judge(CLI::App& app, Options& options) {
  app.add_option("case", options.selection.names, "Recordings: files, folders, or globs of cases")
      ->required();
  add_profile(app, options);
  add_reports(app, options);
}

void add_replay(CLI::App& app, Options& options) {
  add_case(app, options);
  add_backend(app, options);
  add_profile(app, options);
}

void add_output(CLI::App& app, Options& options) {
  app.add_option("-o,--output", options.output, "Where to; standard output if not given");
}

void add_record(CLI::App& app, Options& options) {
  add_case(app, options);
  add_backend(app, options);
  add_output(app, options);
}

void add_minimize(CLI::App& app, Options& options) {
  add_replay(app, options);
  add_output(app, options);
}

void add_c_repro(CLI::App& app, Options& options) {
  add_case(app, options);
  add_output(app, options);
}

void add_convert(CLI::App& app, Options& options) {
  app.add_option("file", options.files, "Cases, or inputs of the targets that take Programs")
      ->required();
  app.add_option("-o,--output", options.output, "A file, or a folder for more than one")
      ->required();
}

void add_fuzz(CLI::App& app, Options& options) {
  FuzzOptions& fuzz = options.fuzz;
  app.add_option("target", fuzz.target,
                 "A fuzz target, e.g. differential; without one, Programs of the generator on any "
                 "backend");
  add_backend(app, options)->required(false);
  add_profile(app, options);
  app.add_option("--engine", fuzz.engine, "libfuzzer or afl")
      ->check(CLI::IsMember({"libfuzzer", "afl"}));
  app.add_option("--build", fuzz.build,
                 "The build that holds the targets; looked for if not given");
  app.add_option("--library", fuzz.library, "The shared object of parcel_differential");
  app.add_option("--corpus", fuzz.corpus,
                 "A folder of inputs, which grows; the seeds if not given");
  app.add_option("--findings", fuzz.findings, "Where findings go; `findings` if not given");
  app.add_option("--seconds", fuzz.seconds, "How long; 60 if not given")
      ->check(CLI::Range(0.1, 1e9));
  app.add_option("--programs", fuzz.programs, "How many Programs of the generator");
  app.add_option("--first", fuzz.first, "The number of its first Program; 0 if not given");
  app.add_option("--seed", fuzz.seed, "What chance begins with; 1 if not given");
  app.add_option("--jobs", fuzz.jobs, "Processes side by side; 1 if not given")
      ->check(CLI::Range(1, 1024));
  app.add_option("--findings-max", fuzz.findings_max, "Ends after so many; goes on if not given");
  app.add_option("--kcov", fuzz.kcov_module,
                 "Programs are chosen by what they reach in this module of this machine's kernel, "
                 "as its KCOV says; liteipc if no name is given")
      ->expected(0, 1)
      ->default_str("liteipc");
}

void add_waive(CLI::App& app, Options& options) {
  app.add_option("--report", options.from_report, "A JSON report with what failed")->required();
  app.add_option("--class", options.new_waivers.waiver_class, "bug, by-design or spec-unclear")
      ->required();
  app.add_option("--link", options.new_waivers.link, "Where it is written down")->required();
  app.add_option("--expires", options.new_waivers.expires, "The last day it counts: YYYY-MM-DD")
      ->required();
  app.add_option("-o,--output", options.output, "The waiver file to update or make")->required();
}

// Chapters of user space: what is common to the commands that play them.
void add_userspace(CLI::App& app, Options& options) {
  add_names(app, options.selection);
  add_profile(app, options);
  add_reports(app, options);
  add_waivers(app, options);
  add_timeout(app, options, "Seconds that one step may take in a library; 10 if not given");
  UserspaceOptions& userspace = options.userspace;
  app.add_flag("--list", userspace.lists, "Names the cases and plays none");
  app.add_flag("--isolated", userspace.is_isolated,
               "Plays each case of the embedded reference, too, in a process of its own");
  app.add_option("--abi",
                 read_with(parse_data_model,
                           [&userspace](DataModel model) { userspace.data_model = model; }),
                 "Only this data model; all that there are if not given")
      ->type_name("ilp32|lp64")
      ->expected(1);
}

void add_library(CLI::App& app, Options& options) {
  app.add_option("--library", options.userspace.library,
                 "A shared object to judge; the embedded reference if not given");
}

void add_parcel(CLI::App& app, Options& options) {
  add_userspace(app, options);
  add_library(app, options);
  app.add_option("--api", options.userspace.api,
                 "Which functions a library has: legacy (IpcIoPush...) or new (Write...)")
      ->check(CLI::IsMember({"legacy", "new"}));
  app.add_option("--vectors", options.userspace.vectors,
                 "The folder of the vectors; that of the suite if not given");
  app.add_option("--sequences", options.userspace.sequences,
                 "How many sequences of each property; 2000 if not given")
      ->check(CLI::Range(1, 1000000));
  app.add_option("--seed", options.userspace.seed,
                 "What the sequences are made from; 1 if not given");
  app.add_option("--reproducers", options.userspace.reproducers,
                 "Writes a C program into this folder for each vector or property that fails");
}

void add_services(CLI::App& app, Options& options) {
  add_userspace(app, options);
  add_library(app, options);
}

struct Subcommand {
  std::string name;
  const char* help;
  Command command;
  void (*add_options)(CLI::App&, Options&);
};

const std::vector<Subcommand>& subcommands() {
  static const std::vector<Subcommand> all{
      {"run", "Plays cases on a backend and gives verdicts", Command::run, add_run},
      {"list", "Names the cases", Command::list, add_selection},
      {"show", "Draws a case as a sequence diagram", Command::show, add_case},
      {"replay", "Plays one case, step by step", Command::replay, add_replay},
      {"judge", "Holds the outcomes written in recordings against the reference", Command::judge,
       add_judge},
      {"record", "Fills in the outcomes of a case", Command::record, add_record},
      {"spec", "Prints a clause, its place in the order of checks and its cases", Command::spec,
       [](CLI::App& app, Options& options) {
         app.add_option("clause", options.clause, "Its id, e.g. MSG-27; all of them if not given");
       }},
      {"parcel", "Judges marshalling: the embedded reference, or a library", Command::parcel,
       add_parcel},
      {"dispatch", "Judges dispatch of callbacks and deaths", Command::dispatch, add_userspace},
      {"services", "Judges the service manager", Command::services, add_services},
      {"fuzz", "Looks for Programs and messages on which an implementation is wrong", Command::fuzz,
       add_fuzz},
      {"minimize", "Makes a case that fails shorter", Command::minimize, add_minimize},
      {"c-repro", "Prints a case as a C program that needs nothing of ours", Command::c_repro,
       add_c_repro},
      {"convert", "Turns cases into inputs of fuzz targets, and back", Command::convert,
       add_convert},
      {"waive", "Adds what failed in a report to a waiver file", Command::waive, add_waive},
  };
  return all;
}

// Options of `touchstone` itself are left to the parser.
bool is_subcommand(const std::string& word) {
  return word.starts_with('-') ||
         std::ranges::find(subcommands(), word, &Subcommand::name) != subcommands().end();
}

void add_subcommands(CLI::App& app, Options& options) {
  app.require_subcommand(1);
  app.set_version_flag("--version", TOUCHSTONE_VERSION);
  for (const Subcommand& one : subcommands()) {
    CLI::App* subcommand = app.add_subcommand(one.name, one.help);
    one.add_options(*subcommand, options);
    subcommand->callback([&options, command = one.command] { options.command = command; });
  }
}

}  // namespace

int run_cli(const std::vector<std::string>& arguments, const World& world) {
  if (!arguments.empty() && !is_subcommand(arguments.front())) {
    return std::to_underlying(refuse(
        world, ExitStatus::wrong_usage,
        fmt::format("no command `{}`; run with --help for those there are", arguments.front())));
  }
  CLI::App app("Tells whether an implementation of LiteIPC is right", "touchstone");
  Options options;
  options.flags = arguments;
  add_subcommands(app, options);
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::ParseError& error) {
    const bool is_help = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
    app.exit(error, world.out, world.err);
    return std::to_underlying(is_help ? ExitStatus::all_held : ExitStatus::wrong_usage);
  }
  return std::to_underlying(carry_out(options, world));
}

}  // namespace touchstone
