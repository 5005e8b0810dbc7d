#include "conformance/selection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "conformance/test_support.h"

namespace touchstone {
namespace {

using Ids = std::vector<std::string>;

std::string text_of(const std::string& name, const std::string& clauses) {
  return "case: " + name + "\ntitle: t\nclauses: " + clauses +
         "\nabi: any\n\nP1 spawn T1 uid=0 gid=0 -> 0\n";
}

class SelectionTest : public testing::Test {
 protected:
  SelectionTest() {
    suite_.add("message/late", text_of("late", "MSG-27, DTH-9"));
    suite_.add("message/full", text_of("full", "MSG-30"));
    suite_.add("device/open", text_of("open", "DEV-1"));
  }

  std::expected<Selection, std::string> select(const SelectionOptions& options) const {
    return select_cases(options, {suite_.folder().path()}, real_catalogue());
  }
  Ids ids(const SelectionOptions& options) const {
    const auto selection = select(options);
    EXPECT_TRUE(selection) << selection.error();
    Ids found;
    for (const CaseFile& file : selection->cases) found.push_back(file.id);
    return found;
  }

  SampleSuite suite_;
};

TEST_F(SelectionTest, HoldsAllCasesInTheOrderOfChaptersAndIds) {
  EXPECT_EQ(ids({}), (Ids{"device/open", "message/full", "message/late"}));
}

TEST_F(SelectionTest, TakesGlobsOfIdsAndNames) {
  EXPECT_EQ(ids({.names = {"message/*"}}), (Ids{"message/full", "message/late"}));
  EXPECT_EQ(ids({.names = {"la?e", "open"}}), (Ids{"device/open", "message/late"}));
}

TEST_F(SelectionTest, TakesPathsAndKeepsTheIdsOfTheSuite) {
  EXPECT_EQ(ids({.names = {suite_.path("conformance/cases/device")}}), Ids{"device/open"});
  const std::string outside = suite_.folder().write("mine/own.case", text_of("own", "DEV-1"));
  EXPECT_EQ(ids({.names = {outside}}), Ids{outside.substr(0, outside.size() - 5)});
}

TEST_F(SelectionTest, CallsAFileOutsideTheSuiteByItsPath) {
  const std::string outside = suite_.folder().write("mine/own.case", text_of("own", "DEV-1"));
  const auto file = find_case(outside, {suite_.folder().path()}, real_catalogue());
  ASSERT_TRUE(file);
  EXPECT_EQ(std::filesystem::absolute(file->call), outside);
  EXPECT_EQ(file->chapter, "device");
}

TEST_F(SelectionTest, TakesEachCaseOnce) {
  EXPECT_EQ(ids({.names = {"late", "message/late", "l*"}}), Ids{"message/late"});
}

TEST_F(SelectionTest, KeepsChapterClauseLevelAndIds) {
  EXPECT_EQ(ids({.chapters = {"device"}}), Ids{"device/open"});
  EXPECT_EQ(ids({.clauses = {"DTH-9"}}), Ids{"message/late"});
  EXPECT_EQ(ids({.levels = {"unspecified"}}), Ids{"message/late"});
  EXPECT_EQ(ids({.ids = Ids{"message/full"}}), Ids{"message/full"});
}

TEST_F(SelectionTest, RefusesANameThatMatchesNothing) {
  const auto selection = select({.names = {"late", "nothing*"}});
  ASSERT_FALSE(selection);
  EXPECT_NE(selection.error().find("`nothing*`"), std::string::npos);
}

TEST_F(SelectionTest, RefusesUnknownWords) {
  EXPECT_FALSE(select({.chapters = {"devices"}}));
  EXPECT_FALSE(select({.clauses = {"MSG-999"}}));
  EXPECT_FALSE(select({.levels = {"should"}}));
}

TEST_F(SelectionTest, KeepsOtherFilesWhenOneIsMalformed) {
  suite_.add("device/wrong", "case: wrong\ntitle: t\nabi: any\n\nP1 spawn T1 uid=zero gid=0\n");
  const auto selection = select({});
  ASSERT_TRUE(selection);
  EXPECT_EQ(selection->cases.size(), 3u);
  ASSERT_EQ(selection->malformed.size(), 1u);
  EXPECT_NE(selection->malformed[0].find("device/wrong.case:5:"), std::string::npos);
  EXPECT_NE(selection->malformed[0].find("expected"), std::string::npos);
}

TEST_F(SelectionTest, KnowsTheCasesThatAreNotSelected) {
  const auto selection = select({.names = {"late"}});
  ASSERT_TRUE(selection);
  EXPECT_EQ(selection->known.size(), 2u);
}

TEST_F(SelectionTest, FindsOneCaseByIdNameOrPath) {
  const DataDir data{suite_.folder().path()};
  for (const std::string& name : {std::string("late"), std::string("message/late"),
                                  suite_.path("conformance/cases/message/late.case")}) {
    const auto file = find_case(name, data, real_catalogue());
    ASSERT_TRUE(file) << file.error();
    EXPECT_EQ(file->id, "message/late");
    EXPECT_EQ(file->call, "message/late");
  }
  EXPECT_FALSE(find_case("l*t*x", data, real_catalogue()));
  EXPECT_FALSE(find_case("message/*", data, real_catalogue()));
}

TEST(Shard, PartsTheCasesWithoutLossOrDoubles) {
  for (const std::string id : {"device/open", "message/late", "message/full", "a", ""}) {
    int count = 0;
    for (std::uint32_t index = 1; index <= 3; ++index) count += is_in_shard(id, {index, 3}) ? 1 : 0;
    EXPECT_EQ(count, 1) << id;
  }
}

TEST(Shard, IsTheSameOnEveryMachine) {
  EXPECT_TRUE(is_in_shard("device/open-twice", {2, 2}));
  EXPECT_TRUE(is_in_shard("message/reply-late", {1, 2}));
}

TEST(Shard, IsReadFromIndexAndCount) {
  const auto shard = parse_shard("2/8");
  ASSERT_TRUE(shard);
  EXPECT_EQ(shard->index, 2u);
  EXPECT_EQ(shard->count, 8u);
  for (const std::string text : {"", "2", "0/8", "9/8", "2/", "/8", "2/8x", "-1/2"}) {
    EXPECT_FALSE(parse_shard(text)) << text;
  }
}

}  // namespace
}  // namespace touchstone
