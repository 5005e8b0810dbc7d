#include "conformance/spec_catalogue.h"

#include <gtest/gtest.h>

#include "conformance/test_support.h"

namespace touchstone {
namespace {

constexpr const char* one_chapter =
    "# 1 Device\n\nProse before.\n\n"
    "### DEV-1 must: First\nA sentence that goes\non over two lines.\n"
    "- Order: first,\n  before all.\n- State: unchanged.\n- Also: ENOMEM | EEXIST (as said)\n"
    "- Source: fact 1\n\nMore prose.\n\n### DEV-2 unspecified: Second\nIt fails with EINVAL.\n";

std::string error_of(const std::string& text) {
  const TempFolder folder;
  folder.write("1-device.md", text);
  const auto catalogue = SpecCatalogue::load(folder.path());
  return catalogue ? "none" : catalogue.error();
}

TEST(SpecCatalogue, ReadsEachPartOfAClause) {
  const TempFolder folder;
  folder.write("1-device.md", one_chapter);
  folder.write("README.md", "### not a chapter\n");
  const auto catalogue = SpecCatalogue::load(folder.path());
  ASSERT_TRUE(catalogue) << catalogue.error();
  ASSERT_EQ(catalogue->clauses().size(), 2u);
  const Clause& clause = catalogue->clauses()[0];
  EXPECT_EQ(clause.id, "DEV-1");
  EXPECT_EQ(clause.chapter, "device");
  EXPECT_EQ(clause.level, ClauseLevel::must);
  EXPECT_EQ(clause.title, "First");
  EXPECT_EQ(clause.sentence, "A sentence that goes on over two lines.");
  EXPECT_EQ(clause.order, "first, before all.");
  EXPECT_EQ(clause.state, "unchanged.");
  EXPECT_EQ(clause.source, "fact 1");
  ASSERT_EQ(clause.also_outcomes.size(), 2u);
  EXPECT_EQ(clause.also_outcomes[0].kind, Outcome::Kind::error);
  EXPECT_EQ(clause.also_outcomes[0].value, 12);
  EXPECT_EQ(catalogue->clauses()[1].level, ClauseLevel::unspecified);
  EXPECT_EQ(catalogue->clauses()[1].sentence, "It fails with EINVAL.");
}

TEST(SpecCatalogue, KeepsChaptersInTheOrderOfTheirNumbers) {
  const TempFolder folder;
  folder.write("10-abi.md", "### ABI-1 must: A\nS.\n");
  folder.write("2-cms.md", "### CMS-1 must: A\nS.\n");
  const auto catalogue = SpecCatalogue::load(folder.path());
  ASSERT_TRUE(catalogue);
  EXPECT_EQ(catalogue->chapters(), (std::vector<std::string>{"cms", "abi"}));
}

TEST(SpecCatalogue, NamesFileAndLineOfWhatIsWrong) {
  EXPECT_NE(error_of("\n### DEV-1 should: A\nS.\n").find("1-device.md:2: not a clause"),
            std::string::npos);
  EXPECT_NE(error_of("### DEV-1 must: A\nS.\n### DEV-1 must: B\nS.\n").find(":3: DEV-1 is given"),
            std::string::npos);
  EXPECT_NE(error_of("### DEV-1 must: A\n- State: x\n").find("DEV-1 has no sentence"),
            std::string::npos);
  EXPECT_NE(error_of("### DEV-1 must: A\nS.\n- Also: nonsense\n").find(":3: `Also:`"),
            std::string::npos);
  EXPECT_NE(error_of("### DEV-1 must: A\nS.\n- Ordre: x\n").find(":3: expected `- Order:`"),
            std::string::npos);
}

TEST(SpecCatalogue, FailsForAFolderWithoutChapters) {
  const TempFolder folder;
  EXPECT_FALSE(SpecCatalogue::load(folder.path()));
  EXPECT_FALSE(SpecCatalogue::load(folder.path() / "absent"));
}

TEST(SpecCatalogue, ReadsTheWholeContract) {
  const SpecCatalogue& catalogue = real_catalogue();
  EXPECT_EQ(catalogue.chapters().size(), 14u);
  EXPECT_GT(catalogue.clauses().size(), 150u);
  ASSERT_NE(catalogue.find("MSG-27"), nullptr);
  EXPECT_EQ(catalogue.find("MSG-27")->chapter, "message");
  EXPECT_EQ(catalogue.find("DEV-11")->also_outcomes.size(), 1u);
  EXPECT_EQ(catalogue.find("XYZ-1"), nullptr);
}

TEST(SpecCatalogue, FindsTheClausesThatGiveAnErrno) {
  EXPECT_EQ(real_catalogue().failing_with("ETIME", {"SEND"}),
            (std::vector<std::string>{"MSG-27", "RCV-7"}));
  EXPECT_TRUE(real_catalogue().failing_with("ETIME", {"`mmap`"}).empty());
}

TEST(ClauseLevel, EveryWordLeadsBack) {
  for (const auto level :
       {ClauseLevel::must, ClauseLevel::may, ClauseLevel::quirk, ClauseLevel::unspecified}) {
    EXPECT_EQ(level_from_word(level_word(level)), level);
  }
  EXPECT_EQ(level_from_word("should"), std::nullopt);
}

}  // namespace
}  // namespace touchstone
