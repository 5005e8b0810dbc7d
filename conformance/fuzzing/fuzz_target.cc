#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <ostream>
#include <utility>

#include "adapter/printable_text.h"
#include "adapter/program_bytes.h"
#include "conformance/fuzzing/campaign.h"
#include "conformance/fuzzing/crash_report.h"
#include "conformance/fuzzing/engine.h"
#include "conformance/fuzzing/engine_afl.h"
#include "conformance/fuzzing/fuzz_commands.h"
#include "conformance/fuzzing/target_programs.h"
#include "conformance/fuzzing/work_folder.h"
#include "conformance/shell_word.h"
#include "conformance/support.h"
#include "conformance/text_file.h"

namespace touchstone::fuzzing {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view plugin_prefix = "plugin:";
constexpr std::string_view backend_target = "differential";
constexpr std::string_view library_target = "parcel_differential";
constexpr std::array<std::string_view, 2> targets_of_programs{"program", backend_target};

bool takes_programs(const std::string& target) {
  return std::ranges::find(targets_of_programs, target) != targets_of_programs.end();
}

// What is wrong with --backend and --library for this target; empty if nothing is.
std::string wrong_subject(const Options& options) {
  const std::string& target = options.fuzz.target;
  if (!options.fuzz.library.empty() && target != library_target) {
    return fmt::format("--library goes with the target {}, not with {}", library_target, target);
  }
  if (options.backend.empty()) return "";
  if (!options.backend.starts_with(plugin_prefix) && options.backend != "reference") {
    return fmt::format(
        "a target runs in one process with the implementation: --backend is plugin:PATH or "
        "reference there, not `{}`; leave out the TARGET to fuzz any other backend",
        options.backend);
  }
  if (target != backend_target && options.backend != "reference") {
    return fmt::format("--backend {} goes with the target {}, not with {}", options.backend,
                       backend_target, target);
  }
  return "";
}

std::vector<std::pair<std::string, std::string>> environment_of(const Options& options) {
  std::vector<std::pair<std::string, std::string>> environment;
  if (options.backend.starts_with(plugin_prefix)) {
    environment.emplace_back("TOUCHSTONE_PLUGIN", options.backend.substr(plugin_prefix.size()));
  } else if (options.backend == "reference") {
    environment.emplace_back("TOUCHSTONE_PLUGIN", "");
  }
  if (!options.fuzz.library.empty()) {
    environment.emplace_back("TOUCHSTONE_LIBRARY", options.fuzz.library);
  }
  if (!options.profile.empty()) environment.emplace_back("TOUCHSTONE_PROFILE", options.profile);
  return environment;
}

std::chrono::seconds input_time(const Options& options) {
  return std::chrono::seconds(
      std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(options.timeout_seconds))));
}

std::size_t file_count(const fs::path& folder) {
  std::error_code error;
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.is_regular_file()) ++count;
  }
  return count;
}

// Makes the inputs that a run begins with.
std::expected<std::size_t, std::string> make_seeds(const EngineSettings& settings) {
  const ProgramCall call{
      {settings.programs.make_seeds.string(), settings.target, settings.seeds.string()}};
  const auto run = run_program(call, std::chrono::minutes(2));
  if (!run) return std::unexpected("no seeds could be made: " + run.error());
  if (run->was_too_slow || !run->end.is_success()) {
    return std::unexpected(fmt::format("no seeds could be made: {} ({}): {}", shell_line(call),
                                       run->was_too_slow ? "too slow" : run->end.text(),
                                       printable_text(trimmed(run->output))));
  }
  const std::size_t count = file_count(settings.seeds);
  if (count != 0) return count;
  return std::unexpected("no seeds could be made: " + shell_line(call) + " wrote none");
}

// The folders that a run needs; the first that cannot be made.
std::expected<void, std::string> make_folders(const EngineSettings& settings) {
  for (const fs::path& folder : {settings.seeds, settings.corpus}) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) return std::unexpected(folder.string() + ": " + error.message());
  }
  return {};
}

EngineSettings settings_of(const Options& options, const Suite& suite, TargetPrograms programs,
                           const fs::path& work) {
  const FuzzOptions& fuzz = options.fuzz;
  EngineSettings settings;
  settings.programs = std::move(programs);
  settings.target = fuzz.target;
  settings.takes_programs = takes_programs(fuzz.target);
  settings.environment = environment_of(options);
  settings.work = work;
  settings.seeds = work / "seeds";
  settings.corpus = fuzz.corpus.empty() ? work / "corpus" : fs::path(fuzz.corpus);
  const fs::path dictionary = suite.data.root / "fuzz" / "dictionaries" / (fuzz.target + ".dict");
  std::error_code ignored;
  if (fs::exists(dictionary, ignored)) settings.dictionary = dictionary;
  settings.seed = fuzz.seed;
  settings.jobs = fuzz.jobs;
  settings.input_time_max = input_time(options);
  return settings;
}

// Runs the target on the input of a finding, alone.  What it reports goes into a folder as in the
// run that found it, so that it does not look into it itself.  True if it fails again, which it
// does once it begins to report a crash: some hang in that.
std::expected<bool, std::string> replay_input(const Engine& engine, const Found& found,
                                              const fs::path& work,
                                              std::chrono::seconds input_time_max) {
  const fs::path replays = work / "replays";
  std::error_code error;
  fs::remove_all(replays, error);
  fs::create_directories(replays / "reported", error);
  if (auto written = write_text_file(replays / "input", found.input); !written) {
    return std::unexpected(written.error());
  }
  ProgramCall call = engine.replay(replays / "input");
  std::ranges::copy(sanitizer_environment(false), std::back_inserter(call.environment));
  std::ranges::copy(campaign_environment(replays), std::back_inserter(call.environment));
  const auto run =
      run_program(call, input_time_max * 2 + std::chrono::seconds(20), &begins_crash_report);
  if (!run) return std::unexpected(run.error());
  const bool has_reported = !fs::is_empty(replays / "reported", error) && !error;
  return run->was_enough || run->was_too_slow || !run->end.is_success() || has_reported;
}

FollowUpOptions follow_up_options(const Options& options, const EngineSettings& settings,
                                  const Engine& engine, bool has_backend, const World& world) {
  FollowUpOptions follow;
  follow.findings = options.fuzz.findings;
  follow.command = command_line(options);
  follow.today = world.today;
  follow.step_time = settings.input_time_max;
  follow.replay_flags = profile_flags(options);
  follow.replay = [&engine, &settings](const Found& found) {
    return replay_input(engine, found, settings.work, settings.input_time_max);
  };
  follow.input_line = [&engine](const Found&, const std::string& file) {
    return shell_line(engine.replay(file));
  };
  if (has_backend && settings.takes_programs) {
    follow.program_of = [](const Found& found) {
      return std::optional(decode_program(std::as_bytes(std::span(found.input))));
    };
  }
  return follow;
}

// The backend that findings are held against once more, outside of the fuzzer.
struct Subject {
  std::optional<OpenBackend> backend;
  std::string words;  // for the heading
};

std::expected<Subject, BackendError> open_subject(const Options& options) {
  Subject subject;
  if (options.fuzz.target == library_target && !options.fuzz.library.empty()) {
    std::error_code ignored;
    if (!fs::is_regular_file(options.fuzz.library, ignored)) {
      return std::unexpected(BackendError{false, options.fuzz.library + ": no such library"});
    }
    subject.words = " on " + options.fuzz.library;
  }
  if (options.fuzz.target != backend_target) return subject;
  auto backend =
      open_backend(options.backend.empty() ? "reference" : options.backend, options.data_model);
  if (!backend) return std::unexpected(backend.error());
  const BackendInfo& info = backend->factory->info();
  subject.words = fmt::format(" on {} {} ({}, {})", info.name, info.version,
                              data_model_word(info.data_model), backend->given);
  subject.backend = *std::move(backend);
  return subject;
}

void write_heading(const Options& options, const EngineSettings& settings, const Engine& engine,
                   const Subject& subject, std::size_t seeds, const World& world) {
  const FuzzOptions& fuzz = options.fuzz;
  fmt::print(world.out, "touchstone {}: fuzz {}{}, {}, {} s, {} {}, seed {}\n", TOUCHSTONE_VERSION,
             fuzz.target, subject.words, engine.name(),
             static_cast<double>(time_of(fuzz).count()) / 1e3, fuzz.jobs,
             fuzz.jobs == 1 ? "job" : "jobs", fuzz.seed);
  fmt::print(world.out, "  {:<11}{}\n", "program", settings.programs.program.string());
  fmt::print(world.out, "  {:<11}{}\n", "seeds", seeds);
  if (!fuzz.corpus.empty()) {
    fmt::print(world.out, "  {:<11}{}, {} inputs\n", "corpus", fuzz.corpus,
               file_count(fuzz.corpus));
  }
  if (!settings.dictionary.empty()) {
    fmt::print(world.out, "  {:<11}{}\n", "dictionary", settings.dictionary.string());
  }
  world.out.flush();
}

// Where the target and the engine are, or what to do about it.
struct Equipment {
  TargetPrograms programs;
  fs::path afl_fuzz;  // with AFL++
};

std::expected<Equipment, std::string> find_equipment(const Options& options, const World& world) {
  const FuzzOptions& fuzz = options.fuzz;
  const EngineKind kind = fuzz.engine == "afl" ? EngineKind::afl : EngineKind::libfuzzer;
  auto programs =
      find_target(fuzz.target, kind,
                  builds_to_search(fuzz.build, world.program_folder,
                                   std::getenv("TOUCHSTONE_FUZZ_BUILD"), TOUCHSTONE_SOURCE_DIR));
  if (!programs) return std::unexpected(programs.error());
  Equipment equipment{*std::move(programs), {}};
  if (kind == EngineKind::libfuzzer) return equipment;
  equipment.afl_fuzz = find_in_path("afl-fuzz");
  if (equipment.afl_fuzz.empty()) {
    return std::unexpected("no afl-fuzz in $PATH; install AFL++ (Debian: apt-get install afl++)");
  }
  return equipment;
}

ExitStatus run_and_conclude(const Options& options, const Suite& suite, const Profile& profile,
                            const EngineSettings& settings, Engine& engine, Subject& subject,
                            const World& world) {
  CampaignOptions campaign;
  campaign.jobs = options.fuzz.jobs;
  campaign.time = time_of(options.fuzz);
  campaign.input_time_max = settings.input_time_max;
  campaign.findings_max = options.fuzz.findings_max;
  campaign.work = settings.work;
  campaign.seeds = settings.seeds;
  const CampaignResult result = run_campaign(engine, campaign, world.err);
  const Judge judge(suite.catalogue, profile);
  FollowUp follow_up(
      follow_up_options(options, settings, engine, subject.backend.has_value(), world), judge,
      subject.backend ? &*subject.backend : nullptr);
  const std::string figures = fmt::format("{}{}", figures_text(result.figures, result.elapsed),
                                          result.was_interrupted ? "   broken off" : "");
  const ExitStatus status = conclude_fuzz(follow_up, result.found, figures, result.broken, world);
  return result.is_backend_unusable ? ExitStatus::backend_unusable : status;
}

}  // namespace

ExitStatus fuzz_target(const Options& options, const Suite& suite, const World& world) {
  if (const std::string wrong = wrong_subject(options); !wrong.empty()) {
    return refuse(world, ExitStatus::wrong_usage, wrong);
  }
  const auto profile = load_profile(suite.data.spec(), options.profile, suite.catalogue);
  if (!profile) return refuse(world, ExitStatus::wrong_usage, profile.error());
  auto equipment = find_equipment(options, world);
  if (!equipment) return refuse(world, ExitStatus::wrong_usage, equipment.error());
  auto subject = open_subject(options);
  if (!subject) return refuse_backend(world, subject.error());
  const auto work = WorkFolder::make();
  if (!work) return refuse(world, ExitStatus::harness_broken, work.error());
  const EngineSettings settings =
      settings_of(options, suite, std::move(equipment->programs), work->path());
  if (auto made = make_folders(settings); !made) {
    return refuse(world, ExitStatus::wrong_usage, made.error());
  }
  const auto seeds = make_seeds(settings);
  if (!seeds) return refuse(world, ExitStatus::harness_broken, seeds.error());
  const auto engine = options.fuzz.engine == "afl" ? make_afl(settings, equipment->afl_fuzz)
                                                   : make_libfuzzer(settings);
  write_heading(options, settings, *engine, *subject, *seeds, world);
  return run_and_conclude(options, suite, *profile, settings, *engine, *subject, world);
}

}  // namespace touchstone::fuzzing
