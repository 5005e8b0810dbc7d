#include "conformance/commands.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <ostream>
#include <utility>

#include "conformance/result_json.h"
#include "conformance/text_file.h"

namespace touchstone {
namespace {

using CommandFunction = ExitStatus (*)(const Options&, const Suite&, const World&);

CommandFunction function_of(Command command) {
  switch (command) {
    case Command::run: return command_run;
    case Command::judge: return command_judge;
    case Command::list: return command_list;
    case Command::show: return command_show;
    case Command::replay: return command_replay;
    case Command::record: return command_record;
    case Command::parcel:
    case Command::dispatch:
    case Command::services: return command_userspace;
    case Command::fuzz: return command_fuzz;
    case Command::minimize: return command_minimize;
    case Command::c_repro: return command_c_repro;
    case Command::convert: return command_convert;
    case Command::spec:
    case Command::waive: return command_spec;
  }
  return command_spec;
}

// What failed unexpectedly in an earlier run.
std::expected<std::vector<std::string>, std::string> failed_ids(const std::string& path) {
  const auto text = read_text_file(path);
  if (!text) return std::unexpected(text.error());
  const auto report = result_from_json(*text);
  if (!report) return std::unexpected(path + ": " + report.error());
  std::vector<std::string> ids;
  for (const CaseResult& one : report->cases) {
    if (fails_the_run(one.verdict)) ids.push_back(one.id);
  }
  return ids;
}

}  // namespace

std::expected<Selection, std::string> selected(const Options& options, const Suite& suite) {
  SelectionOptions selection = options.selection;
  if (!options.failed_from.empty()) {
    auto ids = failed_ids(options.failed_from);
    if (!ids) return std::unexpected(ids.error());
    selection.ids = std::move(*ids);
  }
  return select_cases(selection, suite.data, suite.catalogue);
}

ExitStatus refuse(const World& world, ExitStatus status, const std::string& what) {
  fmt::print(world.err, "touchstone: {}\n", what);
  return status;
}

ExitStatus carry_out(const Options& options, const World& world) {
  if (options.command == Command::waive) return command_waive(options, world);
  const auto data = find_data_dir(world.data_folder, world.program_folder);
  if (!data) {
    const bool was_chosen = world.data_folder != nullptr;
    return refuse(world, was_chosen ? ExitStatus::wrong_usage : ExitStatus::harness_broken,
                  data.error());
  }
  auto catalogue = SpecCatalogue::load(data->spec());
  if (!catalogue) return refuse(world, ExitStatus::harness_broken, catalogue.error());
  const Suite suite{*data, std::move(*catalogue)};
  return function_of(options.command)(options, suite, world);
}

ExitStatus command_waive(const Options& options, const World& world) {
  const auto report_text = read_text_file(options.from_report);
  if (!report_text) return refuse(world, ExitStatus::wrong_usage, report_text.error());
  const auto report = result_from_json(*report_text);
  if (!report) {
    return refuse(world, ExitStatus::wrong_usage,
                  fmt::format("{}: {}", options.from_report, report.error()));
  }
  std::string old_text;
  std::error_code error;
  if (std::filesystem::exists(options.output, error)) {
    const auto text = read_text_file(options.output);
    if (!text) return refuse(world, ExitStatus::wrong_usage, text.error());
    old_text = *text;
  }
  const auto new_text = updated_waivers(old_text, options.output, *report, options.new_waivers);
  if (!new_text) return refuse(world, ExitStatus::wrong_usage, new_text.error());
  if (auto written = write_text_file(options.output, *new_text); !written) {
    return refuse(world, ExitStatus::wrong_usage, written.error());
  }
  const auto entries = [](const std::string& text) {
    const auto file = parse_waivers(text, "");
    return file ? file->waivers.size() : 0;
  };
  const std::size_t before = entries(old_text);
  fmt::print(world.out, "{}: {} entries added to {}\n", options.output, entries(*new_text) - before,
             before);
  return ExitStatus::all_held;
}

}  // namespace touchstone
