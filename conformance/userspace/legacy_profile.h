// legacy_profile.h: the rows of spec/profiles/userspace/*.tsv: how a known library of user space
// breaks a clause, and what such a step shows of it.  The columns, separated by tabs:
//
//   clause        that the library breaks
//   defect        a short name
//   outcome       `crash`, `hang`, or keys as in a script's outcome; alternatives with | between
//   observations  names in the recordings with commas between, or -
//   reason, source
//
// Judges nothing.
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <vector>

#include "conformance/spec_catalogue.h"
#include "conformance/userspace/script.h"
#include "conformance/userspace/script_play.h"

namespace touchstone::userspace {

struct LegacyRow {
  std::string clause;
  std::string defect;
  bool is_hang = false;
  std::vector<Stated> outcomes;  // without a hang: any of them
  std::string outcome_text;      // the same as written
  std::vector<std::string> observations;
  std::string reason;
  std::string source;

  // Whether this is what the step did.
  bool accounts_for(const PlayedStep& step) const;
};

struct LegacyProfile {
  std::string name = "none";
  std::vector<LegacyRow> rows{};

  // The row of the clause that accounts for the step, or null.
  const LegacyRow* row_for(const std::string& clause, const PlayedStep& step) const;
};

// `name` is a profile's name or a file's path; an empty one has no rows.  Errors name file and line
// and what was expected.
std::expected<LegacyProfile, std::string> load_legacy_profile(
    const std::filesystem::path& spec_folder, const std::string& name,
    const SpecCatalogue& catalogue);

}  // namespace touchstone::userspace
