#include "conformance/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "adapter/case_text.h"
#include "conformance/text_file.h"

namespace touchstone {
namespace {

constexpr std::size_t column_count = 7;
constexpr std::string_view no_switch = "-";

std::expected<void, std::string> read_outcomes(ProfileRow& row) {
  Program names;
  for (const std::string_view word : split(row.outcome_text, '|')) {
    auto outcome = parse_outcome(trimmed(word), names);
    if (!outcome) {
      return std::unexpected("without a switch the outcome must be one: expected " +
                             outcome.error().expected);
    }
    row.outcomes.push_back(std::move(*outcome));
  }
  return {};
}

std::expected<ProfileRow, std::string> read_row(std::string_view line,
                                                const SpecCatalogue& catalogue) {
  const auto split_line = profile_columns(line, column_count, catalogue);
  if (!split_line) return std::unexpected(split_line.error());
  const std::vector<std::string_view>& columns = *split_line;
  ProfileRow row;
  row.clause = columns[0];
  row.quirk = columns[1];
  row.outcome_text = columns[3];
  row.reason = columns[5];
  row.source = columns[6];
  const std::string word(columns[2]);
  if (word == no_switch) {
    if (auto read = read_outcomes(row); !read) return std::unexpected(read.error());
  } else {
    row.reference_switch = quirk_from_word(word);
    if (!row.reference_switch) {
      return std::unexpected(
          fmt::format("expected a switch of the reference or -, found `{}`", word));
    }
  }
  const std::string_view scope = columns[4];
  if (scope != "any" && scope != "marked") {
    return std::unexpected(fmt::format("expected `any` or `marked`, found `{}`", scope));
  }
  row.scope = scope == "any" ? ProfileRow::Scope::any : ProfileRow::Scope::marked;
  return row;
}

std::expected<void, std::string> read_rows(const std::filesystem::path& path,
                                           const SpecCatalogue& catalogue, bool is_unspecified,
                                           std::vector<ProfileRow>& rows) {
  const auto text = read_text_file(path);
  if (!text) return std::unexpected(text.error());
  std::size_t number = 0;
  for (const std::string_view line : lines_of(*text)) {
    ++number;
    if (trimmed(line).empty() || line.starts_with('#')) continue;
    auto row = read_row(line, catalogue);
    if (!row) return std::unexpected(fmt::format("{}:{}: {}", path.string(), number, row.error()));
    row->is_unspecified = is_unspecified;
    rows.push_back(std::move(*row));
  }
  return {};
}

}  // namespace

std::expected<std::vector<std::string_view>, std::string> profile_columns(
    std::string_view line, std::size_t count, const SpecCatalogue& catalogue) {
  std::vector<std::string_view> columns = split(line, '\t');
  if (columns.size() != count) {
    return std::unexpected(
        fmt::format("expected {} columns separated by tabs, found {}", count, columns.size()));
  }
  for (std::string_view& column : columns) column = trimmed(column);
  if (catalogue.find(columns.front()) != nullptr) return columns;
  return std::unexpected(
      fmt::format("expected a clause of the contract, found `{}`", columns.front()));
}

bool ProfileRow::applies_to(const CaseHeader& header) const {
  if (is_unspecified) return true;
  if (header.case_class == CaseClass::bug) return false;
  return scope == Scope::any || std::ranges::find(header.quirks, quirk) != header.quirks.end();
}

std::expected<Profile, std::string> load_profile(const std::filesystem::path& spec_folder,
                                                 const std::string& name,
                                                 const SpecCatalogue& catalogue) {
  const std::filesystem::path folder = spec_folder / "profiles";
  Profile profile{name.empty() ? "none" : name, {}};
  if (auto read = read_rows(folder / "unspecified.tsv", catalogue, true, profile.rows); !read) {
    return std::unexpected(read.error());
  }
  if (name.empty()) return profile;
  const bool is_path = name.contains('/') || name.ends_with(".tsv");
  const std::filesystem::path path =
      is_path ? std::filesystem::path(name) : folder / (name + ".tsv");
  if (auto read = read_rows(path, catalogue, false, profile.rows); !read) {
    return std::unexpected(read.error());
  }
  return profile;
}

}  // namespace touchstone
