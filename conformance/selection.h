// selection.h: which cases: finds and reads `.case` files, of the suite or of given paths, and
// keeps those that the options ask for.  Runs nothing.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/case_file.h"
#include "conformance/data_dir.h"
#include "conformance/spec_catalogue.h"

namespace touchstone {

struct Shard {
  std::uint32_t index = 1;  // from 1
  std::uint32_t count = 1;
};

struct SelectionOptions {
  // Paths of files and folders, or globs over "CHAPTER/NAME" and "NAME" of the suite's cases.
  std::vector<std::string> names{};
  std::vector<std::string> chapters{};
  std::vector<std::string> clauses{};
  std::vector<std::string> levels{};
  std::optional<std::vector<std::string>> ids{};  // keep only these (what failed in a report)
  std::optional<Shard> shard{};
};

struct Selection {
  std::vector<CaseFile> cases;  // in the order of chapters, then of ids
  std::vector<CaseFile> known;  // the suite's cases that are not among them
  std::vector<std::string> malformed;
};

// Errors are wrong usage, in words: a name that matches nothing, an unknown chapter, clause or
// level.
std::expected<Selection, std::string> select_cases(const SelectionOptions& options,
                                                   const DataDir& data,
                                                   const SpecCatalogue& catalogue);

// One case by path, id or name.
std::expected<CaseFile, std::string> find_case(const std::string& name, const DataDir& data,
                                               const SpecCatalogue& catalogue);

// "2/8", or what was expected.
std::expected<Shard, std::string> parse_shard(std::string_view text);

// The same for an id on every machine and in every version.
bool is_in_shard(std::string_view id, Shard shard);

}  // namespace touchstone
