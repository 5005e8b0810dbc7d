#include "conformance/userspace/legacy_profile.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "conformance/test_support.h"

namespace touchstone::userspace {
namespace {

TEST(LegacyProfile, IsReadFromItsFolderByName) {
  const TempFolder folder;
  folder.write("profiles/userspace/known.tsv",
               "# clause\tdefect\n\n"
               "DEV-2\tuse_after_free\tcrash\td_uaf, d_two\tfreed while in use\tfacts 3.6 M\n"
               "DEV-1\twide\t-10 flag=3\t-\twide\tfacts 1\n");
  const auto profile = load_legacy_profile(folder.path(), "known", real_catalogue());
  ASSERT_TRUE(profile) << profile.error();
  EXPECT_EQ(profile->name, "known");
  ASSERT_EQ(profile->rows.size(), 2u);
  const LegacyRow& row = profile->rows[0];
  EXPECT_EQ(row.clause, "DEV-2");
  EXPECT_EQ(row.defect, "use_after_free");
  EXPECT_EQ(row.outcome_text, "crash");
  EXPECT_EQ(row.observations, (std::vector<std::string>{"d_uaf", "d_two"}));
  EXPECT_EQ(row.reason, "freed while in use");
  EXPECT_EQ(row.source, "facts 3.6 M");
  EXPECT_TRUE(profile->rows[1].observations.empty());
}

TEST(LegacyProfile, WithoutANameThereAreNoRows) {
  const auto profile = load_legacy_profile("absent", "", real_catalogue());
  ASSERT_TRUE(profile);
  EXPECT_EQ(profile->name, "none");
  EXPECT_TRUE(profile->rows.empty());
}

TEST(LegacyProfile, NamesFileLineAndWhatWasExpected) {
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"DEV-2\tx\tcrash\t-\treason", "expected 6 columns separated by tabs, found 5"},
      {"XYZ-1\tx\tcrash\t-\tr\ts", "expected a clause of the contract, found `XYZ-1`"},
      {"DEV-2\t\tcrash\t-\tr\ts", "expected a name of the defect, found none"},
      {"DEV-2\tx\tcrash\t\tr\ts", "expected names of observations or -"},
      {"DEV-2\tx\tcrash\t-\t\ts", "expected a reason, found none"},
      {"DEV-2\tx\tcrash\t-\tr\t", "expected a source, found none"},
      {"DEV-2\tx\t1 2\t-\tr\ts", "the outcome is none: expected no second `result`, found 2"},
      {"DEV-2\tx\t\t-\tr\ts",
       "the outcome is none: expected an outcome: KEY=VALUE, one bare"
       " word, or crash, found end of text"},
  };
  const TempFolder folder;
  for (const auto& [row, error] : wrong) {
    const std::string path = folder.write("p.tsv", "# head\n" + row + "\n");
    const auto profile = load_legacy_profile({}, path, real_catalogue());
    ASSERT_FALSE(profile) << row;
    EXPECT_EQ(profile.error(), path + ":2: " + error);
  }
}

TEST(LegacyProfile, AnAbsentOneIsAnError) {
  const auto profile = load_legacy_profile(source_folder() / "spec", "absent", real_catalogue());
  ASSERT_FALSE(profile);
  EXPECT_NE(profile.error().find("absent.tsv"), std::string::npos);
}

TEST(LegacyProfile, EachThatIsShippedCanBeRead) {
  std::error_code error;
  const auto folder = source_folder() / "spec" / "profiles" / "userspace";
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const auto profile = load_legacy_profile({}, entry.path().string(), real_catalogue());
    ASSERT_TRUE(profile) << profile.error();
    EXPECT_FALSE(profile->rows.empty()) << entry.path();
  }
}

}  // namespace
}  // namespace touchstone::userspace
