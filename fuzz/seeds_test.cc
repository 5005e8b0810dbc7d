#include "fuzz/seeds.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <span>
#include <string>

#include "adapter/backends/reference_backend.h"
#include "adapter/case_text.h"
#include "conformance/text_file.h"
#include "conformance/userspace/script.h"
#include "fuzz/ioctl_calls.h"

namespace touchstone::fuzz {
namespace {

namespace fs = std::filesystem;

fs::path source_folder() { return TOUCHSTONE_SOURCE_DIR; }

std::vector<Seed> seeds_for(std::string_view target) {
  auto seeds = seeds_of(target, source_folder());
  if (!seeds) ADD_FAILURE() << seeds.error();
  return seeds ? *std::move(seeds) : std::vector<Seed>();
}

std::size_t cases_below(const char* folder) {
  std::size_t count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(source_folder() / folder)) {
    if (entry.path().extension() == ".case") ++count;
  }
  return count;
}

TEST(Seeds, AreThereForEveryTarget) {
  std::size_t targets = 0;
  for (const auto& entry : fs::directory_iterator(source_folder() / "fuzz/targets")) {
    const auto seeds = seeds_of(entry.path().stem().string(), source_folder());
    ASSERT_TRUE(seeds) << seeds.error();
    EXPECT_GE(seeds->size(), 5u) << entry.path();
    ++targets;
  }
  EXPECT_EQ(targets, seeded_targets().size());
}

TEST(Seeds, HaveNamesOfTheirOwn) {
  for (const std::string_view target : seeded_targets()) {
    std::set<std::string> names;
    for (const Seed& seed : seeds_for(target)) {
      EXPECT_TRUE(names.insert(seed.name).second) << target << ": " << seed.name;
      EXPECT_EQ(seed.name.find('/'), std::string::npos) << seed.name;
    }
  }
}

TEST(Seeds, OfProgramsAreAllRecordingsAndAllCases) {
  EXPECT_EQ(seeds_for("program").size(),
            cases_below("corpora/golden/kernel") + cases_below("conformance/cases"));
}

TEST(Seeds, OfCaseTextAreCasesAndScripts) {
  std::size_t cases = 0;
  std::size_t scripts = 0;
  for (const Seed& seed : seeds_for("case_text")) {
    if (parse_case(seed.bytes)) {
      ++cases;
    } else {
      EXPECT_TRUE(userspace::parse_script(seed.bytes)) << seed.name;
      ++scripts;
    }
  }
  EXPECT_GE(cases, 100u);
  EXPECT_GE(scripts, 100u);
}

std::span<const std::uint8_t> input_of(const Seed& seed) {
  return {reinterpret_cast<const std::uint8_t*>(seed.bytes.data()), seed.bytes.size()};
}

IoctlVerdict call_on(ReferenceInstance& reference, const Seed& seed) {
  const auto broken = [&reference] { return reference.broken_invariant(); };
  return call_ioctls(reference, broken, input_of(seed));
}

TEST(Seeds, OfIoctlBytesAreNotAllRefused) {
  for (const Seed& seed : seeds_for("ioctl_bytes")) {
    const auto reference = make_reference({.data_model = ioctl_data_model(input_of(seed))});
    EXPECT_TRUE(call_on(*reference, seed).is_any_taken) << seed.name;
  }
}

// The calls of the seed lead where those of its story do.
TEST(Seeds, OfIoctlBytesTellTheirStory) {
  const auto number = [](std::uint32_t id) { return std::to_string(id); };
  const auto times_in_state = [&](const std::string& name, std::string_view words) {
    std::size_t times = 0;
    for (const Seed& seed : seeds_for("ioctl_bytes")) {
      if (!seed.name.starts_with(name)) continue;
      const auto reference = make_reference({.data_model = ioctl_data_model(input_of(seed))});
      call_on(*reference, seed);
      const std::string state = reference->describe_state({number, number});
      for (std::size_t at = state.find(words); at != std::string::npos;
           at = state.find(words, at + 1)) {
        ++times;
      }
    }
    return times;
  };
  // Each in both data models.
  EXPECT_EQ(times_in_state("access-", ", access to "), 4u);
  EXPECT_EQ(times_in_state("access-", "(request from "), 2u);
  EXPECT_EQ(times_in_state("request-and-reply-", "to give back"), 2u);
  EXPECT_EQ(times_in_state("sleepers-", ", sleeps in a receive"), 4u);
}

TEST(Seeds, OfAnUnknownTargetAreAnError) {
  const auto seeds = seeds_of("nonsense", source_folder());
  ASSERT_FALSE(seeds);
  EXPECT_NE(seeds.error().find("no target `nonsense`; there are program"), std::string::npos);
}

// A seed that no longer gets as far as it did is worth nothing, and nobody would see it.
TEST(Seeds, ReachTheClausesOfTheManifest) {
  const auto text = read_text_file(source_folder() / "corpora/seeds/program.tsv");
  ASSERT_TRUE(text) << text.error();
  const auto manifest = parse_manifest(*text);
  ASSERT_TRUE(manifest) << manifest.error();
  const SeedClauses reached = clauses_of_program_seeds(seeds_for("program"));
  for (const auto& [name, clauses] : *manifest) {
    const auto seed = reached.find(name);
    if (seed == reached.end()) {
      ADD_FAILURE() << name << " is no seed any more; print the manifest anew";
      continue;
    }
    for (const std::string& clause : clauses) {
      EXPECT_TRUE(seed->second.contains(clause)) << name << " no longer reaches " << clause;
    }
  }
  for (const auto& [name, clauses] : reached) {
    EXPECT_TRUE(manifest->contains(name))
        << name << " has no row; print the manifest anew with make_seeds --manifest";
  }
}

TEST(SeedManifest, IsReadAsItWasPrinted) {
  const SeedClauses seeds{{"a-b", {"CMS-1", "DEV-1"}}, {"c", {}}};
  const auto back = parse_manifest(print_manifest(seeds));
  ASSERT_TRUE(back) << back.error();
  EXPECT_EQ(*back, seeds);
}

TEST(SeedManifest, NamesTheLineThatIsNoRow) {
  const auto back = parse_manifest("# a comment\na\tDEV-1\nnonsense\n");
  ASSERT_FALSE(back);
  EXPECT_NE(back.error().find("line 3"), std::string::npos) << back.error();
}

}  // namespace
}  // namespace touchstone::fuzz
