#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <ostream>

#include "conformance/fuzzing/fuzz_commands.h"
#include "conformance/fuzzing/interruption.h"
#include "conformance/fuzzing/progress.h"
#include "conformance/shell_word.h"

namespace touchstone::fuzzing {

std::chrono::milliseconds time_of(const FuzzOptions& options) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(options.seconds.value_or(60) * 1e3));
}

std::string command_line(const Options& options) {
  std::string line = "touchstone";
  for (const std::string& word : options.flags) line += " " + shell_word(word);
  return line;
}

std::string profile_flags(const Options& options) {
  return options.profile.empty() ? "" : " --profile " + shell_word(options.profile);
}

ExitStatus refuse_backend(const World& world, const BackendError& error) {
  return refuse(world, error.is_usage ? ExitStatus::wrong_usage : ExitStatus::backend_unusable,
                error.text);
}

ExitStatus conclude_fuzz(FollowUp& follow_up, const FoundList& found, const std::string& figures,
                         const std::string& broken, const World& world) {
  std::vector<FollowedUp> findings;
  std::string not_written;
  if (found.size() != 0) {
    fmt::print(world.err, "          looking into {} {}\n", found.size(),
               found.size() == 1 ? "finding" : "findings");
    world.err.flush();
  }
  Interruption interruption;
  ProgressClock clock(ProgressClock::Clock::now());
  for (std::size_t done = 0; done < found.size(); ++done) {
    if (clock.is_due())
      fmt::print(world.err, "          {} of {} looked into\n", done, found.size());
    world.err.flush();
    auto up = follow_up(found.all()[done], interruption.came());
    if (up) {
      add_followed_up(*std::move(up), findings);
    } else {
      not_written = up.error();
    }
  }
  print_findings(findings, world.out);
  fmt::print(world.out, "\n{}   {}\n", figures, count_text(findings));
  world.out.flush();
  if (!broken.empty()) refuse(world, ExitStatus::harness_broken, broken);
  if (!not_written.empty()) refuse(world, ExitStatus::harness_broken, not_written);
  if (!broken.empty() || !not_written.empty()) return ExitStatus::harness_broken;
  return found.size() == 0 ? ExitStatus::all_held : ExitStatus::unexpected_result;
}

namespace {

// Options that mean nothing in this half of the command are mistakes.
std::string misplaced(const FuzzOptions& fuzz) {
  if (fuzz.target.empty()) {
    if (!fuzz.corpus.empty()) return "--corpus needs a TARGET: the generator reads no inputs";
    if (!fuzz.library.empty()) return "--library goes with the target parcel_differential";
    if (!fuzz.build.empty()) return "--build needs a TARGET: the generator is in this program";
    if (fuzz.engine != "libfuzzer") return "--engine needs a TARGET";
    return "";
  }
  if (!fuzz.kcov_module.empty()) {
    return "--kcov is for the generator: leave out the TARGET, name a --backend";
  }
  if (fuzz.programs != 0 || fuzz.first != 0) {
    return "--programs and --first are for the generator: leave out the TARGET, name a --backend";
  }
  return "";
}

}  // namespace
}  // namespace touchstone::fuzzing

namespace touchstone {

ExitStatus command_fuzz(const Options& options, const Suite& suite, const World& world) {
  const FuzzOptions& fuzz = options.fuzz;
  if (const std::string wrong = fuzzing::misplaced(fuzz); !wrong.empty()) {
    return refuse(world, ExitStatus::wrong_usage, wrong);
  }
  if (!fuzz.target.empty()) return fuzzing::fuzz_target(options, suite, world);
  if (!options.backend.empty()) return fuzzing::fuzz_generated(options, suite, world);
  return refuse(world, ExitStatus::wrong_usage,
                "name a TARGET, or a --backend for Programs of the generator");
}

}  // namespace touchstone
