#include <fmt/format.h>
#include <fmt/ostream.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <fstream>
#include <ostream>
#include <span>
#include <utility>

#include "adapter/program_bytes.h"
#include "conformance/fuzzing/fuzz_commands.h"
#include "conformance/fuzzing/generated.h"
#include "conformance/room.h"
#include "conformance/shell_word.h"
#include "conformance/support.h"
#include "conformance/text_file.h"

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

// The agents of a backend write down what they reach only where they run on this machine.
std::expected<std::vector<DriverFunction>, std::string> driver_functions(
    const Options& options, const OpenBackend& backend) {
  const bool has_agent =
      backend.given.starts_with("device:") || backend.given.starts_with("agent:exec:");
  if (!has_agent) {
    return std::unexpected(
        fmt::format("--kcov takes a --backend device:PATH or agent:exec:COMMAND, "
                    "on the machine whose kernel is looked into; not {}",
                    backend.given));
  }
  std::ifstream kallsyms("/proc/kallsyms");
  return functions_of_module(options.fuzz.kcov_module, kallsyms);
}

// One line, and a file for whoever counts on: the points of each function that were reached.
std::expected<void, std::string> tell_reached(const Options& options,
                                              const std::vector<ReachedFunction>& reached,
                                              std::ostream& out) {
  std::string table = "function\tpoints\n";
  std::vector<std::string> missed;
  std::size_t points = 0;
  for (const ReachedFunction& function : reached) {
    table += fmt::format("{}\t{:x}\n", function.name, fmt::join(function.points, ","));
    points += function.points.size();
    if (function.points.empty()) missed.push_back(function.name);
  }
  fmt::print(out, "\n{}: {} points in {} of {} functions reached{}{}\n", options.fuzz.kcov_module,
             grouped(points), reached.size() - missed.size(), reached.size(),
             missed.empty() ? "" : "; not ", fmt::join(missed, ", "));
  const std::filesystem::path folder = options.fuzz.findings;
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return std::unexpected(fmt::format("{}: {}", folder.string(), error.message()));
  return write_text_file(folder / "reached.tsv", table);
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
  // Which of a guided run are chosen is a matter of its earlier ones.
  const bool is_guided = !generated.functions.empty();
  const auto program = [generated, &backend, is_guided](const Found& found) {
    if (!is_guided) return generated_program(generated, found.number, backend.factory->info());
    Program guided = decode_program(std::as_bytes(std::span(found.input)));
    if (generated.has_own_room) guided.header.case_class = CaseClass::generated;
    return guided;
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
  follow.input_line = [&options, is_guided](const Found& found, const std::string& file) {
    if (!is_guided) return one_program_line(options, found.number);
    return fmt::format("touchstone convert {} --output {}.case", file, file);
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
  GeneratedOptions generated = generated_options(options);
  if (!options.fuzz.kcov_module.empty()) {
    auto functions = driver_functions(options, *backend);
    if (!functions) return refuse(world, ExitStatus::backend_unusable, functions.error());
    generated.functions = *std::move(functions);
  }
  generated.has_own_room = has_own_room(*backend->factory);
  fmt::print(world.out,
             "touchstone {}: fuzz, Programs of the generator on {}, profile {}, seed {}, {}\n",
             TOUCHSTONE_VERSION, backend_words(*backend), profile->name, generated.seed,
             how_long(generated));
  if (generated.has_own_room) {
    fmt::print(world.out,
               "its pools hold not as many messages as the reference's: what depends on "
               "that is not held against it (MSG-41)\n");
  }
  world.out.flush();
  const GeneratedResult result = run_generated(generated, *backend, judge, world.err);
  FollowUp follow_up(follow_up_options(options, generated, *backend, judge, world), judge,
                     &*backend);
  const std::string figures =
      fmt::format("{}   {} steps{}", figures_text(result.figures, result.elapsed, "Programs"),
                  grouped(result.steps), result.was_interrupted ? "   broken off" : "");
  if (!result.reached.empty()) {
    const auto told = tell_reached(options, result.reached, world.out);
    if (!told) return refuse(world, ExitStatus::harness_broken, told.error());
  }
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
