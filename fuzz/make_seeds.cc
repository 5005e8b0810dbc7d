// make_seeds: writes the seeds of a fuzz target into a folder, or what they reach.
//
//   make_seeds TARGET FOLDER     one file for each seed
//   make_seeds --manifest        prints corpora/seeds/program.tsv anew
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <cstdlib>
#include <expected>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "conformance/data_dir.h"
#include "conformance/text_file.h"
#include "fuzz/seeds.h"

namespace touchstone::fuzz {
namespace {

using Done = std::expected<void, std::string>;

Done write_seeds(const std::string& target, const std::filesystem::path& folder,
                 const std::filesystem::path& root) {
  const auto seeds = seeds_of(target, root);
  if (!seeds) return std::unexpected(seeds.error());
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return std::unexpected(fmt::format("{}: {}", folder.string(), error.message()));
  for (const Seed& seed : *seeds) {
    if (auto written = write_text_file(folder / seed.name, seed.bytes); !written) return written;
  }
  fmt::print("{} seeds of {} in {}\n", seeds->size(), target, folder.string());
  return {};
}

Done print_manifest_of(const std::filesystem::path& root) {
  const auto seeds = seeds_of("program", root);
  if (!seeds) return std::unexpected(seeds.error());
  fmt::print("{}", print_manifest(clauses_of_program_seeds(*seeds)));
  return {};
}

Done run(const std::vector<std::string>& words) {
  const auto data = find_data_dir(std::getenv("TOUCHSTONE_DATA"), folder_of_this_program());
  if (!data) return std::unexpected(data.error());
  if (words == std::vector<std::string>{"--manifest"}) return print_manifest_of(data->root);
  if (words.size() == 2) return write_seeds(words[0], words[1], data->root);
  return std::unexpected(
      fmt::format("usage: make_seeds TARGET FOLDER, or make_seeds --manifest\n"
                  "  TARGET is one of {}",
                  fmt::join(seeded_targets(), ", ")));
}

}  // namespace
}  // namespace touchstone::fuzz

int main(int count, char** words) {
  const auto done = touchstone::fuzz::run({words + 1, words + count});
  if (done) return 0;
  fmt::print(stderr, "make_seeds: {}\n", done.error());
  return 2;
}
