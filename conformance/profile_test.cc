#include "conformance/profile.h"

#include <gtest/gtest.h>

#include "conformance/test_support.h"

namespace touchstone {
namespace {

std::string error_of(const std::string& rows) {
  const TempFolder folder;
  const std::string file = folder.write("mine.tsv", "# a comment\n\n" + rows);
  const auto profile = load_profile(source_folder() / "spec", file, real_catalogue());
  return profile ? "none" : profile.error();
}

ProfileRow row(ProfileRow::Scope scope) {
  ProfileRow one;
  one.quirk = "Q5";
  one.scope = scope;
  return one;
}

CaseHeader header(CaseClass case_class, std::vector<std::string> quirks) {
  CaseHeader one;
  one.case_class = case_class;
  one.quirks = std::move(quirks);
  return one;
}

TEST(Profile, OfTheObservedDriverHasItsQuirksAndTheOpenChoices) {
  const Profile profile = real_profile("openharmony-2.0");
  EXPECT_EQ(profile.name, "openharmony-2.0");
  EXPECT_GT(profile.rows.size(), 10u);
  EXPECT_TRUE(profile.rows.front().is_unspecified);
  EXPECT_FALSE(profile.rows.back().is_unspecified);
}

TEST(Profile, OfNoNameHasTheOpenChoicesOnly) {
  const Profile profile = real_profile("");
  EXPECT_EQ(profile.name, "none");
  for (const ProfileRow& one : profile.rows) EXPECT_TRUE(one.is_unspecified);
}

TEST(Profile, FailsForAnUnknownName) {
  EXPECT_FALSE(load_profile(source_folder() / "spec", "absent", real_catalogue()));
}

TEST(Profile, NamesLineAndWhatWasExpected) {
  EXPECT_NE(error_of("MSG-5\tQ4\n").find("mine.tsv:3: expected 7 columns"), std::string::npos);
  EXPECT_NE(error_of("XYZ-1\tQ4\tpool_end_is_inside\to\tany\tr\ts\n").find("expected a clause"),
            std::string::npos);
  EXPECT_NE(error_of("MSG-5\tQ4\tno_such\to\tany\tr\ts\n").find("expected a switch"),
            std::string::npos);
  EXPECT_NE(error_of("MSG-5\tQ4\tpool_end_is_inside\to\tall\tr\ts\n").find("`any` or `marked`"),
            std::string::npos);
  EXPECT_NE(error_of("MSG-5\tQ4\t-\tsome words\tany\tr\ts\n").find("without a switch"),
            std::string::npos);
}

TEST(Profile, ReadsOutcomesWhereThereIsNoSwitch) {
  EXPECT_EQ(error_of("MSG-5\tQ4\t-\tEFAULT | 3\tany\tr\ts\n"), "none");
}

TEST(ProfileRow, NeverAppliesToACaseOfABug) {
  EXPECT_FALSE(row(ProfileRow::Scope::any).applies_to(header(CaseClass::bug, {"Q5"})));
  EXPECT_TRUE(row(ProfileRow::Scope::any).applies_to(header(CaseClass::contract, {})));
}

TEST(ProfileRow, MarkedAppliesOnlyToCasesThatNameItsQuirk) {
  const ProfileRow marked = row(ProfileRow::Scope::marked);
  EXPECT_TRUE(marked.applies_to(header(CaseClass::quirk, {"Q1", "Q5"})));
  EXPECT_FALSE(marked.applies_to(header(CaseClass::quirk, {"Q1"})));
  EXPECT_FALSE(marked.applies_to(header(CaseClass::bug, {"Q5"})));
}

TEST(ProfileRow, AnOpenChoiceAppliesToEveryCase) {
  ProfileRow open = row(ProfileRow::Scope::any);
  open.is_unspecified = true;
  EXPECT_TRUE(open.applies_to(header(CaseClass::bug, {})));
}

}  // namespace
}  // namespace touchstone
