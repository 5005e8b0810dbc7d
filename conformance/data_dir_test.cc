#include "conformance/data_dir.h"

#include <gtest/gtest.h>

#include "conformance/test_support.h"

namespace touchstone {
namespace {

void add_data(const std::filesystem::path& root) {
  std::filesystem::create_directories(root / "spec");
  std::filesystem::create_directories(root / "conformance" / "cases");
}

TEST(DataDir, IsTheChosenFolder) {
  const TempFolder folder;
  add_data(folder.path());
  const auto data = find_data_dir(folder.path().c_str(), {});
  ASSERT_TRUE(data) << data.error();
  EXPECT_EQ(data->spec(), folder.path() / "spec");
}

TEST(DataDir, IsNoOtherFolderWhereTheChosenOneHoldsNothing) {
  const TempFolder folder;
  const auto data = find_data_dir(folder.path().c_str(), {});
  ASSERT_FALSE(data);
  EXPECT_NE(data.error().find("TOUCHSTONE_DATA"), std::string::npos);
}

TEST(DataDir, IsBesideAnInstalledProgram) {
  const TempFolder prefix;
  add_data(prefix.path() / "share/touchstone");
  const auto data = find_data_dir(nullptr, prefix.path() / "bin");
  ASSERT_TRUE(data) << data.error();
  EXPECT_EQ(data->root, prefix.path() / "share/touchstone");
}

TEST(DataDir, IsTheSourceWhereThereIsNoOther) {
  const TempFolder prefix;
  const auto data = find_data_dir(nullptr, prefix.path() / "bin");
  ASSERT_TRUE(data) << data.error();
  EXPECT_EQ(data->root, source_folder());
}

TEST(DataDir, KnowsTheFolderOfThisProgram) {
  EXPECT_TRUE(std::filesystem::is_directory(folder_of_this_program()));
}

}  // namespace
}  // namespace touchstone
