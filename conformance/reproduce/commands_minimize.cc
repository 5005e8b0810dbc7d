// The subcommand minimize.
#include <fmt/format.h>
#include <fmt/ostream.h>
#include <fmt/ranges.h>

#include <ostream>
#include <utility>

#include "adapter/case_text.h"
#include "conformance/commands.h"
#include "conformance/judge.h"
#include "conformance/profile.h"
#include "conformance/reproduce/minimize.h"
#include "conformance/runner.h"
#include "conformance/selection.h"
#include "conformance/support.h"
#include "conformance/text_file.h"

namespace touchstone {
namespace {

MinimizeOptions minimize_options(const Options& options, const OpenBackend& backend) {
  MinimizeOptions minimizing;
  minimizing.difference.is_isolated = backend.factory->needs_isolation();
  minimizing.difference.step_time =
      std::chrono::milliseconds(static_cast<std::int64_t>(options.timeout_seconds * 1e3));
  return minimizing;
}

}  // namespace

ExitStatus command_minimize(const Options& options, const Suite& suite, const World& world) {
  const auto profile = load_profile(suite.data.spec(), options.profile, suite.catalogue);
  if (!profile) return refuse(world, ExitStatus::wrong_usage, profile.error());
  const auto file = find_case(options.case_name, suite.data, suite.catalogue);
  if (!file) return refuse(world, ExitStatus::wrong_usage, file.error());
  const auto backend = open_backend(options.backend, options.data_model);
  if (!backend) {
    const bool is_usage = backend.error().is_usage;
    return refuse(world, is_usage ? ExitStatus::wrong_usage : ExitStatus::backend_unusable,
                  backend.error().text);
  }
  const Judge judge(suite.catalogue, *profile);
  const auto minimized =
      minimize(file->program, *backend->factory, judge, minimize_options(options, *backend));
  if (!minimized) {
    return refuse(world, ExitStatus::wrong_usage,
                  fmt::format("{} holds on {}: nothing to minimise", file->call, options.backend));
  }
  const std::string text = print_case(minimized->program);
  if (options.output.empty()) {
    world.out << text;
  } else if (auto written = write_text_file(options.output, text); !written) {
    return refuse(world, ExitStatus::wrong_usage, written.error());
  }
  fmt::print(world.err, "{}: {} steps are {} now, after {} attempts: {}\n", file->call,
             file->program.steps.size(), minimized->program.steps.size(), minimized->attempts,
             minimized->wrong.ruling.reason);
  const bool is_lost = minimized->wrong.ruling.verdict == Verdict::backend_lost;
  return is_lost ? ExitStatus::backend_unusable : ExitStatus::all_held;
}

}  // namespace touchstone
