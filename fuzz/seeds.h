// seeds.h: what fuzzing begins with: the recordings and cases as inputs of each target, and which
// clauses a seed reaches.  Writes no file.
#pragma once

#include <expected>
#include <filesystem>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapter/program.h"

namespace touchstone::fuzz {

struct Seed {
  std::string name;   // of its file: "contract-cms-set"
  std::string bytes;  // the input
};

// Every target has seeds, and no two of them one name.
std::span<const std::string_view> seeded_targets();

// In the order of their names.  `root` holds spec, cases and corpora.  Or what is wrong: a target
// that is not known, a file that cannot be read.
std::expected<std::vector<Seed>, std::string> seeds_of(std::string_view target,
                                                       const std::filesystem::path& root);

// The clauses by which the reference decides the steps.
std::set<std::string> clauses_reached(const Program& program);

// For each seed the clauses that it reaches, of the targets that take Programs.
using SeedClauses = std::map<std::string, std::set<std::string>>;
SeedClauses clauses_of_program_seeds(std::span<const Seed> seeds);

// corpora/seeds/program.tsv: a line for each seed, its name, a tab, the clauses.
std::string print_manifest(const SeedClauses& seeds);
std::expected<SeedClauses, std::string> parse_manifest(std::string_view text);

}  // namespace touchstone::fuzz
