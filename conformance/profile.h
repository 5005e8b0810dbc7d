// profile.h: the rows of spec/profiles/*.tsv: which deviation from which clause is tolerated, and
// how the reference can follow it.  The columns are explained at the top of those files.  Judges
// nothing.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapter/backends/reference_backend.h"
#include "adapter/program.h"
#include "conformance/spec_catalogue.h"

namespace touchstone {

struct ProfileRow {
  enum class Scope : std::uint8_t { any, marked };

  std::string clause;
  std::string quirk;  // "Q5"
  // What the reference does for it; none where only the outcome of single steps is tolerated.
  std::optional<Quirk> reference_switch;
  std::vector<Outcome> outcomes;  // without a switch: what is tolerated
  std::string outcome_text;       // the same in words
  Scope scope = Scope::any;
  std::string reason;
  std::string source;
  bool is_unspecified = false;  // a choice that the contract leaves open, not a deviation

  // Whether the row counts for the case at all.  A deviation never does for a case of class `bug`.
  bool applies_to(const CaseHeader& header) const;
};

struct Profile {
  std::string name;  // "none" with no rows but those that are always in force
  std::vector<ProfileRow> rows;
};

// The rows of spec/profiles/unspecified.tsv, which are always in force, then those of `name`: a
// profile's name or a file's path, or empty.  Errors name file and line and what was expected.
std::expected<Profile, std::string> load_profile(const std::filesystem::path& spec_folder,
                                                 const std::string& name,
                                                 const SpecCatalogue& catalogue);

// The columns of one row, without spaces around; the first names a clause.  For every kind of
// profile.
std::expected<std::vector<std::string_view>, std::string> profile_columns(
    std::string_view line, std::size_t count, const SpecCatalogue& catalogue);

}  // namespace touchstone
