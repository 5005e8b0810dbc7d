#include <fmt/format.h>
#include <fmt/ostream.h>

#include <ostream>
#include <utility>

#include "conformance/fuzzing/fuzz_commands.h"
#include "conformance/fuzzing/generated.h"
#include "conformance/shell_word.h"
#include "conformance/support.h"

namespace touchstone::fuzzing {
namespace {

std::string backend_words(const OpenBackend& backend) {
  const BackendInfo& info = backend.factory->info();
  return fmt::format("{} {} ({}, {})", info.name, info.version, data_model_word(info.data_model),
                     backend.given);
}

std::string how_long(const GeneratedOptions& options) {
  std::string text;
  if (options.programs != 0) text = fmt::format("{} Programs", options.programs);
  if (options.time) {
    text += fmt::format("{}{} s", text.empty() ? "" : ", at most ",
                        static_cast<double>(options.time->count()) / 1e3);
  }
  return text;
}

GeneratedOptions generated_options(const Options& options) {
  const FuzzOptions& fuzz = options.fuzz;
  GeneratedOptions generated;
  generated.seed = fuzz.seed;
  generated.first = fuzz.first;
  generated.programs = fuzz.programs;
  if (fuzz.seconds || fuzz.programs == 0) generated.time = time_of(fuzz);
  generated.jobs = fuzz.jobs;
  generated.findings_max = fuzz.findings_max;
  generated.step_time =
      std::chrono::milliseconds(static_cast<std::int64_t>(options.timeout_seconds * 1e3));
  return generated;
}

// What finds the Program again, and nothing else.
std::string one_program_line(const Options& options, std::uint64_t number) {
  std::string flags = profile_flags(options);
  if (options.data_model == DataModel::lp64) flags += " --abi lp64";
  return fmt::format("touchstone fuzz --backend {}{} --seed {} --first {} --programs 1",
                     shell_word(options.backend), flags, options.fuzz.seed, number);
}

FollowUpOptions follow_up_options(const Options& options, const GeneratedOptions& generated,
                                  OpenBackend& backend, const Judge& judge, const World& world) {
  const auto program = [generated, &backend](const Found& found) {
    return generated_program(generated.seed, found.number, backend.factory->info());
  };
  FollowUpOptions follow;
  follow.findings = options.fuzz.findings;
  follow.command = command_line(options);
  follow.today = world.today;
  follow.step_time = generated.step_time;
  follow.replay_flags = profile_flags(options);
  follow.replay = [program, generated, &backend,
                   &judge](const Found& found) -> std::expected<bool, std::string> {
    return try_program(program(found), backend, judge, generated.step_time).has_value();
  };
  follow.input_line = [&options](const Found& found, const std::string&) {
    return one_program_line(options, found.number);
  };
  follow.program_of = [program](const Found& found) { return std::optional(program(found)); };
  return follow;
}

}  // namespace

ExitStatus fuzz_generated(const Options& options, const Suite& suite, const World& world) {
  const auto profile = load_profile(suite.data.spec(), options.profile, suite.catalogue);
  if (!profile) return refuse(world, ExitStatus::wrong_usage, profile.error());
  auto backend = open_backend(options.backend, options.data_model);
  if (!backend) return refuse_backend(world, backend.error());
  const Judge judge(suite.catalogue, *profile);
  const GeneratedOptions generated = generated_options(options);
  fmt::print(world.out,
             "touchstone {}: fuzz, Programs of the generator on {}, profile {}, seed {}, {}\n",
             TOUCHSTONE_VERSION, backend_words(*backend), profile->name, generated.seed,
             how_long(generated));
  world.out.flush();
  const GeneratedResult result = run_generated(generated, *backend, judge, world.err);
  FollowUp follow_up(follow_up_options(options, generated, *backend, judge, world), judge,
                     &*backend);
  const std::string figures =
      fmt::format("{}   {} steps{}", figures_text(result.figures, result.elapsed, "Programs"),
                  grouped(result.steps), result.was_interrupted ? "   broken off" : "");
  if (result.unplayable != 0) {
    fmt::print(world.out, "\n{} {} could not be carried out, the first being {}\n",
               grouped(result.unplayable), result.unplayable == 1 ? "Program" : "Programs",
               result.unplayable_reason);
  }
  const ExitStatus status = conclude_fuzz(follow_up, result.found, figures, result.broken, world);
  if (result.lost.empty()) return status;
  return refuse(world, ExitStatus::backend_unusable, "the backend is gone: " + result.lost);
}

}  // namespace touchstone::fuzzing
