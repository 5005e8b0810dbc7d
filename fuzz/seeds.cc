#include "fuzz/seeds.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "adapter/backends/reference_backend.h"
#include "adapter/executor.h"
#include "adapter/program_bytes.h"
#include "conformance/case_file.h"
#include "conformance/judge.h"
#include "conformance/text_file.h"
#include "fuzz/seeds_agent.h"
#include "fuzz/seeds_daemon.h"
#include "fuzz/seeds_ioctl.h"
#include "fuzz/seeds_parcel.h"
#include "fuzz/seeds_services.h"

namespace touchstone::fuzz {
namespace {

namespace fs = std::filesystem;
using Seeds = std::expected<std::vector<Seed>, std::string>;

constexpr std::array<std::string_view, 10> targets{
    "program",        "differential",        "ioctl_bytes",     "case_text",
    "parcel_parse",   "parcel_differential", "service_manager", "agent_frames",
    "daemon_answers", "daemon_requests"};

constexpr const char* recordings = "corpora/golden/kernel";
constexpr const char* cases = "conformance/cases";
constexpr const char* scripts = "conformance/userspace/cases";

struct CaseSource {
  std::string name;
  fs::path path;
};

// By FOLDER-NAME: the recordings by class, the cases and scripts by chapter.
std::vector<CaseSource> case_sources(const fs::path& root,
                                     std::initializer_list<const char*> folders) {
  std::vector<CaseSource> sources;
  for (const char* folder : folders) {
    std::error_code error;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder, error)) {
      if (entry.path().extension() != ".case") continue;
      const fs::path id = fs::relative(entry.path(), root / folder).replace_extension();
      std::string name = id.generic_string();
      std::ranges::replace(name, '/', '-');
      sources.push_back({std::move(name), entry.path()});
    }
  }
  std::ranges::sort(sources, {}, &CaseSource::name);
  return sources;
}

Seeds program_seeds(const fs::path& root) {
  std::vector<Seed> seeds;
  for (const CaseSource& source : case_sources(root, {recordings, cases})) {
    const auto program = read_case(source.path);
    if (!program) return std::unexpected(program.error());
    const std::vector<std::byte> bytes = encode_program(*program);
    seeds.push_back({source.name, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}});
  }
  return seeds;
}

// The smallest: a parser learns little from a long one.
std::expected<void, std::string> add_texts(const std::vector<CaseSource>& sources,
                                           std::vector<Seed>& seeds) {
  constexpr std::size_t texts_max = 200;
  std::vector<Seed> texts;
  for (const CaseSource& source : sources) {
    auto text = read_text_file(source.path);
    if (!text) return std::unexpected(text.error());
    texts.push_back({source.name, *std::move(text)});
  }
  const auto by_size = [](const Seed& seed) {
    return std::pair(seed.bytes.size(), std::string_view(seed.name));
  };
  std::ranges::sort(texts, {}, by_size);
  texts.resize(std::min(texts.size(), texts_max));
  std::ranges::move(texts, std::back_inserter(seeds));
  return {};
}

Seeds text_seeds(const fs::path& root) {
  std::vector<Seed> seeds;
  for (const auto& sources :
       {case_sources(root, {recordings, cases}), case_sources(root, {scripts})}) {
    if (auto added = add_texts(sources, seeds); !added) return std::unexpected(added.error());
  }
  std::ranges::sort(seeds, {}, &Seed::name);
  return seeds;
}

}  // namespace

std::span<const std::string_view> seeded_targets() { return targets; }

std::expected<std::vector<Seed>, std::string> seeds_of(std::string_view target,
                                                       const fs::path& root) {
  if (target == "program" || target == "differential") return program_seeds(root);
  if (target == "case_text") return text_seeds(root);
  if (target == "ioctl_bytes") return ioctl_seeds();
  if (target == "agent_frames") return agent_seeds();
  if (target == "daemon_answers") return daemon_seeds();
  if (target == "daemon_requests") return broker_seeds();
  if (target == "service_manager") return services_seeds(root);
  if (target == "parcel_parse") return parcel_seeds(root, ParcelSeeds::messages);
  if (target == "parcel_differential") return parcel_seeds(root, ParcelSeeds::all);
  return std::unexpected(
      fmt::format("no target `{}`; there are {}", target, fmt::join(targets, ", ")));
}

std::set<std::string> clauses_reached(const Program& program) {
  const auto reference = make_reference({.data_model = data_model_of(program)});
  std::set<std::string> clauses;
  for (const Outcome& outcome : execute(program, *reference)) {
    const bool was_run = outcome.kind != Outcome::Kind::not_run;
    if (was_run && *outcome.clause != '\0') clauses.insert(outcome.clause);
  }
  return clauses;
}

SeedClauses clauses_of_program_seeds(std::span<const Seed> seeds) {
  SeedClauses all;
  for (const Seed& seed : seeds) {
    all[seed.name] = clauses_reached(decode_program(std::as_bytes(std::span(seed.bytes))));
  }
  return all;
}

std::string print_manifest(const SeedClauses& seeds) {
  std::string text =
      "# What the seeds of the targets `program` and `differential` reach: columns seed and "
      "clauses,\n"
      "# those by which the reference decides its steps.  `make_seeds --manifest` prints this "
      "file.\n";
  for (const auto& [name, clauses] : seeds) {
    text += fmt::format("{}\t{}\n", name, fmt::join(clauses, " "));
  }
  return text;
}

std::expected<SeedClauses, std::string> parse_manifest(std::string_view text) {
  SeedClauses seeds;
  std::size_t number = 0;
  for (const std::string_view line : lines_of(text)) {
    ++number;
    if (line.starts_with('#')) continue;
    const auto columns = split(line, '\t');
    if (columns.size() != 2 || columns[0].empty()) {
      return std::unexpected(fmt::format("line {}: expected a seed, a tab and clauses", number));
    }
    std::set<std::string>& clauses = seeds[std::string(columns[0])];
    for (const std::string_view clause : split(columns[1], ' ')) {
      if (!clause.empty()) clauses.emplace(clause);
    }
  }
  return seeds;
}

}  // namespace touchstone::fuzz
