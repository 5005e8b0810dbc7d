#include "conformance/userspace/legacy_profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "conformance/profile.h"
#include "conformance/text_file.h"
#include "conformance/userspace/shown.h"

namespace touchstone::userspace {
namespace {

constexpr std::size_t column_count = 6;

std::expected<void, std::string> read_outcome(LegacyRow& row) {
  row.is_hang = row.outcome_text == "hang";
  if (row.is_hang) return {};
  auto outcomes = parse_stated(row.outcome_text);
  if (!outcomes) {
    return std::unexpected(fmt::format("the outcome is none: expected {}, found {}",
                                       outcomes.error().expected, outcomes.error().found));
  }
  row.outcomes = std::move(*outcomes);
  return {};
}

std::expected<LegacyRow, std::string> read_row(std::string_view line,
                                               const SpecCatalogue& catalogue) {
  const auto split_line = profile_columns(line, column_count, catalogue);
  if (!split_line) return std::unexpected(split_line.error());
  const std::vector<std::string_view>& columns = *split_line;
  LegacyRow row;
  row.clause = columns[0];
  row.defect = columns[1];
  row.outcome_text = columns[2];
  row.reason = columns[4];
  row.source = columns[5];
  const std::string_view observations = columns[3];
  if (row.defect.empty()) return std::unexpected("expected a name of the defect, found none");
  if (observations.empty()) return std::unexpected("expected names of observations or -");
  if (row.reason.empty()) return std::unexpected("expected a reason, found none");
  if (row.source.empty()) return std::unexpected("expected a source, found none");
  if (auto read = read_outcome(row); !read) return std::unexpected(read.error());
  if (observations == "-") return row;
  for (const std::string_view name : split(observations, ',')) {
    row.observations.emplace_back(trimmed(name));
  }
  return row;
}

}  // namespace

bool LegacyRow::accounts_for(const PlayedStep& step) const {
  if (step.kind == PlayedStep::Kind::hang) return is_hang;
  return std::ranges::any_of(outcomes, [&step](const Stated& stated) {
    if (step.kind == PlayedStep::Kind::crash) return stated.is_crash;
    return step.kind == PlayedStep::Kind::shown && shows(step.shown, stated);
  });
}

const LegacyRow* LegacyProfile::row_for(const std::string& clause, const PlayedStep& step) const {
  const auto found = std::ranges::find_if(
      rows, [&](const LegacyRow& row) { return row.clause == clause && row.accounts_for(step); });
  return found == rows.end() ? nullptr : &*found;
}

std::expected<LegacyProfile, std::string> load_legacy_profile(
    const std::filesystem::path& spec_folder, const std::string& name,
    const SpecCatalogue& catalogue) {
  if (name.empty()) return LegacyProfile{};
  const bool is_path = name.contains('/') || name.ends_with(".tsv");
  const std::filesystem::path path = is_path
                                         ? std::filesystem::path(name)
                                         : spec_folder / "profiles" / "userspace" / (name + ".tsv");
  const auto text = read_text_file(path);
  if (!text) return std::unexpected(text.error());
  LegacyProfile profile{name, {}};
  std::size_t number = 0;
  for (const std::string_view line : lines_of(*text)) {
    ++number;
    if (trimmed(line).empty() || line.starts_with('#')) continue;
    auto row = read_row(line, catalogue);
    if (!row) return std::unexpected(fmt::format("{}:{}: {}", path.string(), number, row.error()));
    profile.rows.push_back(std::move(*row));
  }
  return profile;
}

}  // namespace touchstone::userspace
