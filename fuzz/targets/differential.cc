// Programs on the reference and on the plug-in that $TOUCHSTONE_PLUGIN names (without it, on the
// reference as a plug-in): the first answer that the contract does not allow is a finding, with the
// case that shows it.  The plug-in runs in this process: its crash is the fuzzer's finding.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>

#include "adapter/backends/plugin_backend.h"
#include "adapter/case_text.h"
#include "adapter/program_bytes.h"
#include "conformance/data_dir.h"
#include "conformance/judge.h"
#include "conformance/keep_memory.h"
#include "conformance/profile.h"
#include "conformance/reproduce/difference_run.h"
#include "conformance/reproduce/minimize.h"
#include "conformance/room.h"
#include "fuzz/target.h"

namespace touchstone {
namespace {

using namespace std::chrono_literals;

[[noreturn]] void give_up(const std::string& reason) { fuzz::give_up("differential", reason); }

// Loaded once; none of it remembers an input.
struct Bench {
  SpecCatalogue catalogue;
  Profile profile;
  std::unique_ptr<BackendFactory> plugin;
  bool has_own_room = false;

  static Bench set_up() {
    const auto data = find_data_dir(std::getenv("TOUCHSTONE_DATA"), folder_of_this_program());
    if (!data) give_up(data.error());
    auto catalogue = SpecCatalogue::load(data->spec());
    if (!catalogue) give_up(catalogue.error());
    const std::string name = fuzz::environment("TOUCHSTONE_PROFILE").value_or("");
    auto profile = load_profile(data->spec(), name, *catalogue);
    if (!profile) give_up(profile.error());
    const auto path = fuzz::library_path("TOUCHSTONE_PLUGIN", "touchstone-reference-plugin.so");
    if (!path) give_up(path.error());
    auto plugin = load_plugin(*path);
    if (!plugin) give_up(plugin.error());
    const bool own_room = touchstone::has_own_room(**plugin);
    return {*std::move(catalogue), *std::move(profile), *std::move(plugin), own_room};
  }
};

const Bench& bench() {
  static const Bench all = Bench::set_up();
  return all;
}

// Who collects findings makes them shorter later, in a process of its own.
bool findings_are_kept() { return fuzz::environment("TOUCHSTONE_FUZZ_FINDINGS").has_value(); }

Wrong made_short(Wrong wrong, const Judge& judge) {
  // Told at once, as the plug-in could crash on a shorter one.
  std::fprintf(stderr, "differential: %s, making it shorter\n", wrong.signature.c_str());
  const MinimizeOptions options{.difference = {}, .attempts_max = 2000, .time_max = 10s};
  if (auto minimized = minimize(wrong.program, *bench().plugin, judge, options)) {
    return std::move(minimized->wrong);
  }
  return wrong;
}

void run(std::span<const std::uint8_t> input) {
  const Judge judge(bench().catalogue, bench().profile);
  Program program = decode_program(std::as_bytes(input));
  if (bench().has_own_room) program.header.case_class = CaseClass::generated;
  fuzz::count_input(!program.steps.empty());
  auto wrong = find_difference(program, *bench().plugin, judge);
  // What could not be carried out says nothing of the plug-in.
  if (!wrong || wrong->ruling.verdict == Verdict::broken) return;
  if (!findings_are_kept()) wrong = made_short(*std::move(wrong), judge);
  const std::string text = print_case(wrong->program);
  fuzz::report({.kind = "difference",
                .signature = wrong->signature,
                .text = fmt::format("{}\n{}", wrong->ruling.reason, text),
                .extension = "case",
                .file = text},
               input);
}

}  // namespace
}  // namespace touchstone

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  touchstone::keep_freed_memory();
  touchstone::bench();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  if (touchstone::fuzz::begins({bytes, count})) touchstone::run({bytes, count});
  return 0;
}
