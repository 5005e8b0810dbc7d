// The state of a parcel: init, init from a message, marks, what is sent.
#include "reference/parcel/parcel.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "reference/parcel/hex_for_test.h"
#include "reference/parcel/parcel_reader.h"
#include "reference/parcel/parcel_writer.h"

namespace touchstone::parcel {
namespace {

constexpr std::array both_models{DataModel::ilp32, DataModel::lp64};

TEST(Init, PutsTheTableBeforeTheData) {
  std::array<std::byte, 64> buffer{};
  for (const DataModel model : both_models) {
    Parcel parcel(model);
    EXPECT_EQ(parcel.init(buffer, 4), Refusal::none);
    const std::size_t table_bytes = model == DataModel::ilp32 ? 16 : 32;
    EXPECT_EQ(parcel.data().data(), buffer.data() + table_bytes);
    EXPECT_EQ(parcel.used(), 0u);
    EXPECT_EQ(parcel.left(), 64 - table_bytes);
    EXPECT_EQ(parcel.entries_used(), 0u);
    EXPECT_EQ(parcel.entries_left(), 4u);
    EXPECT_EQ(parcel.flag(), flag_initialised);
  }
}

TEST(Init, AcceptsTheSmallestAndTheLargest) {
  std::vector<std::byte> buffer(8192);
  Parcel parcel(DataModel::lp64);
  EXPECT_EQ(parcel.init(std::span(buffer).first(1), 0), Refusal::none);
  EXPECT_EQ(parcel.left(), 1u);
  EXPECT_EQ(parcel.init(buffer, 32), Refusal::none);
  EXPECT_EQ(parcel.left(), 8192u - 32 * 8);
}

TEST(Init, AcceptsATableThatLeavesNoData) {
  std::array<std::byte, 16> buffer{};
  Parcel parcel(DataModel::ilp32);
  EXPECT_EQ(parcel.init(buffer, 4), Refusal::none);
  EXPECT_TRUE(parcel.available());
  EXPECT_EQ(parcel.left(), 0u);
}

TEST(Init, IsRefusedOutsideTheLimits) {
  std::vector<std::byte> buffer(8193);
  for (const DataModel model : both_models) {
    Parcel parcel(model);
    EXPECT_EQ(parcel.init(std::span(buffer).first(16), 1), Refusal::none);
    EXPECT_EQ(parcel.init({}, 0), Refusal::bad_init);
    EXPECT_FALSE(parcel.available());
    EXPECT_EQ(parcel.init(std::span(buffer).first(0), 0), Refusal::bad_init);
    EXPECT_EQ(parcel.init(buffer, 0), Refusal::bad_init);
    EXPECT_EQ(parcel.init(std::span(buffer).first(8192), 33), Refusal::bad_init);
    EXPECT_EQ(parcel.flag(), 0u);
  }
}

TEST(Init, OverflowsWhenTheTableDoesNotFit) {
  std::array<std::byte, 31> buffer{};
  Parcel parcel(DataModel::lp64);
  EXPECT_EQ(parcel.init(buffer, 4), Refusal::table_too_large);
  EXPECT_EQ(parcel.flag(), flag_overflowed);
  EXPECT_EQ(parcel.left(), 0u);
  EXPECT_EQ(parcel.entries_left(), 0u);
  EXPECT_EQ(Parcel(DataModel::ilp32).init(buffer, 4), Refusal::none);
}

TEST(Init, ForgetsAnOverflow) {
  std::array<std::byte, 4> buffer{};
  Parcel parcel(DataModel::ilp32);
  parcel.init(buffer, 0);
  EXPECT_EQ(ParcelWriter(parcel).push_int64(1), Refusal::no_room);
  EXPECT_FALSE(parcel.available());
  parcel.init(buffer, 0);
  EXPECT_EQ(ParcelWriter(parcel).push_int32(1), Refusal::none);
}

TEST(InitFromMessage, TakesDataAndTableAsTheyAre) {
  const auto data = bytes("01020304 05");
  const auto table = bytes("04000000 00000000 08000000 00000000");
  Parcel narrow(DataModel::ilp32);
  narrow.init_from_message(data, table);
  EXPECT_EQ(narrow.left(), 5u);
  EXPECT_EQ(narrow.entries_left(), 4u);
  EXPECT_EQ(narrow.entry(2), 8u);
  Parcel wide(DataModel::lp64);
  wide.init_from_message(data, table);
  EXPECT_EQ(wide.entries_left(), 2u);
  EXPECT_EQ(wide.entry(1), 8u);
  EXPECT_TRUE(wide.available());
}

TEST(InitFromMessage, TakesNothingFromNowhere) {
  Parcel parcel(DataModel::ilp32);
  parcel.init_from_message({}, {});
  EXPECT_TRUE(parcel.available());
  EXPECT_EQ(ParcelReader(parcel).pop_uint8_unaligned().error(), Refusal::cut_off);
}

TEST(InitFromMessage, RefusesPushes) {
  const auto data = bytes("01020304");
  Parcel parcel(DataModel::ilp32);
  parcel.init_from_message(data, {});
  EXPECT_EQ(ParcelWriter(parcel).push_int32(7), Refusal::received);
  EXPECT_EQ(hex(data), "01020304");
  EXPECT_FALSE(parcel.available());
}

TEST(Parcel, MovesOneCursorForPushAndPop) {
  std::array<std::byte, 12> buffer;
  buffer.fill(std::byte{0x77});
  Parcel parcel(DataModel::ilp32);
  parcel.init(buffer, 0);
  EXPECT_EQ(ParcelWriter(parcel).push_int32(1), Refusal::none);
  EXPECT_EQ(ParcelReader(parcel).pop_uint32(), 0x77777777u);
  EXPECT_EQ(parcel.used(), 8u);
  EXPECT_EQ(parcel.left(), 4u);
}

TEST(Parcel, ThatWasNeverMadeFailsAndIsMarked) {
  Parcel parcel(DataModel::lp64);
  EXPECT_EQ(ParcelWriter(parcel).push_bool(true), Refusal::not_available);
  EXPECT_EQ(parcel.flag(), flag_overflowed);
  EXPECT_EQ(ParcelReader(parcel).pop_bool().error(), Refusal::not_available);
}

TEST(Refusals, EachNameTheirClause) {
  std::set<std::string> clauses;
  for (auto i = static_cast<int>(Refusal::bad_init); i <= static_cast<int>(Refusal::vector_cut_off);
       ++i) {
    const std::string clause = clause_of(static_cast<Refusal>(i));
    EXPECT_TRUE(clause.starts_with("PCL-") || clause.starts_with("NPC-")) << i;
    EXPECT_TRUE(clauses.insert(clause).second) << clause << " has two refusals";
  }
  EXPECT_STREQ(clause_of(Refusal::none), "");
}

}  // namespace
}  // namespace touchstone::parcel
