// Writes of the newer API where they differ from pushes, byte by byte, in both data models.
#include "reference/parcel/newer_writer.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "reference/parcel/hex_for_test.h"

namespace touchstone::parcel {
namespace {

class Stage {
 public:
  explicit Stage(std::size_t data_bytes, std::size_t objects = 0,
                 DataModel model = DataModel::ilp32)
      : parcel(model), bytes_(data_bytes + objects * word_bytes(model), std::byte{0xa5}) {
    parcel.init(bytes_, objects);
  }
  std::string data() const { return hex(parcel.data()); }

  Parcel parcel;
  NewerWriter to{parcel};

 private:
  std::vector<std::byte> bytes_;
};

TEST(NewerString, RefusesNullAndStaysAvailable) {
  Stage stage(8);
  EXPECT_EQ(stage.to.push_c_string(nullptr), Refusal::null_string);
  EXPECT_EQ(stage.parcel.flag(), flag_initialised);
  EXPECT_EQ(stage.to.push_c_string("abc"), Refusal::none);
  EXPECT_EQ(stage.data(), "0300000061626300");
}

TEST(NewerBuffer, HasNoLengthAndIsFilledWithZeroes) {
  Stage stage(16);
  EXPECT_EQ(stage.to.push_buffer(bytes("1122334455")), Refusal::none);
  EXPECT_EQ(stage.to.push_buffer(bytes("11223344")), Refusal::none);
  EXPECT_EQ(stage.data(), "112233445500000011223344");
  EXPECT_EQ(stage.to.push_buffer(bytes("1122334455")), Refusal::no_room);
  EXPECT_EQ(stage.parcel.left(), 4u);
}

TEST(NewerBuffer, RefusesNothing) {
  for (const bool is_raw : {false, true}) {
    Stage stage(16);
    EXPECT_EQ(is_raw ? stage.to.push_raw({}) : stage.to.push_buffer({}), Refusal::bytes_unsendable);
    EXPECT_EQ(stage.parcel.used(), 0u);
  }
}

TEST(RawData, HasALengthThatStaysWithoutTheBody) {
  Stage stage(16);
  EXPECT_EQ(stage.to.push_raw(bytes("112233")), Refusal::none);
  EXPECT_EQ(stage.to.push_raw(bytes("1122334455")), Refusal::no_room_for_flat);
  EXPECT_EQ(stage.data(), "030000001122330005000000");
}

TEST(String16, EndsWithAUnitThatIsZero) {
  const std::array<std::uint16_t, 3> units{0x0061, 0x0362, 0xd83d};
  Stage stage(32);
  EXPECT_EQ(stage.to.push_string16(units.data(), 2), Refusal::none);
  EXPECT_EQ(stage.data(), "020000006100620300000000");
  EXPECT_EQ(stage.to.push_token(units.data(), 3), Refusal::none);
  EXPECT_EQ(stage.data(),
            "020000006100620300000000"
            "03000000610062033dd80000");
}

TEST(String16, RefusesNoneAndTooManyUnits) {
  const std::vector<std::uint16_t> units(4096, 65);
  for (const std::size_t count : {std::size_t{0}, std::size_t{4096}}) {
    Stage stage(8192);
    EXPECT_EQ(stage.to.push_string16(units.data(), count), Refusal::string16_unsendable);
    EXPECT_EQ(stage.parcel.used(), 0u);
  }
  EXPECT_EQ(Stage(64).to.push_string16(nullptr, 3), Refusal::string16_unsendable);
  EXPECT_EQ(Stage(8192).to.push_string16(units.data(), 4093), Refusal::none);
  EXPECT_EQ(Stage(8192).to.push_string16(units.data(), 4094), Refusal::no_room_for_string);
}

template <typename Element>
std::string written(const std::vector<Element>& elements) {
  Stage stage(64);
  EXPECT_EQ(stage.to.push_vector<Element>(elements.data(), elements.size()), Refusal::none);
  return stage.data();
}

TEST(Vector, WidensBoolAndInt16Alone) {
  Stage stage(64);
  const std::array<bool, 2> truths{true, false};
  EXPECT_EQ(stage.to.push_vector<bool>(truths.data(), 2), Refusal::none);
  EXPECT_EQ(stage.data(), "020000000100000000000000");
  EXPECT_EQ(written<std::int16_t>({-2}), "01000000feffffff");
  EXPECT_EQ(written<std::uint16_t>({0x1234, 5, 6}), "03000000341205000600");
  EXPECT_EQ(written<std::int8_t>({-1, 2, 3}), "03000000ff0203");
  EXPECT_EQ(written<std::uint8_t>({200}), "01000000c8");
  EXPECT_EQ(written<std::int32_t>({-2}), "01000000feffffff");
  EXPECT_EQ(written<std::uint32_t>({7}), "0100000007000000");
  EXPECT_EQ(written<std::int64_t>({-2}), "01000000feffffffffffffff");
  EXPECT_EQ(written<std::uint64_t>({1}), "010000000100000000000000");
  EXPECT_EQ(written<float>({1.0f}), "010000000000803f");
  EXPECT_EQ(written<double>({1.0}), "01000000000000000000f03f");
  EXPECT_EQ(written<double>({}), "00000000");
}

TEST(Vector, LeavesItsCountWithoutTheElements) {
  const std::array<std::int32_t, 2> elements{1, 2};
  Stage stage(11);
  EXPECT_EQ(stage.to.push_vector<std::int32_t>(elements.data(), 2), Refusal::no_room_for_elements);
  EXPECT_EQ(stage.data(), "02000000");
  EXPECT_EQ(stage.to.push_uint8_unaligned(1), Refusal::not_available);
}

TEST(Vector, IsRefusedWhenItsBytesWrap) {
  const std::array<std::int32_t, 1> one{7};
  Stage narrow(64);
  EXPECT_EQ(narrow.to.push_vector<std::int32_t>(one.data(), 0x40000001), Refusal::vector_too_large);
  EXPECT_EQ(narrow.parcel.used(), 0u);
  EXPECT_FALSE(narrow.parcel.available());
  Stage wide(64, 0, DataModel::lp64);
  EXPECT_EQ(wide.to.push_vector<std::int32_t>(one.data(), SIZE_MAX / 4 + 2),
            sizeof(std::size_t) == 8 ? Refusal::vector_too_large : Refusal::no_room_for_elements);
}

TEST(NewerObject, HasTheLayoutOfItsDataModel) {
  Stage narrow(32, 2);
  EXPECT_EQ(narrow.to.push_service({5, 6, 7}), Refusal::none);
  EXPECT_EQ(narrow.to.push_descriptor(8), Refusal::none);
  EXPECT_EQ(narrow.data(),
            "02000000050000000600000007000000"
            "00000000080000000000000000000000");
  Stage wide(64, 2, DataModel::lp64);
  EXPECT_EQ(wide.to.push_service({5, 6, 7}), Refusal::none);
  EXPECT_EQ(wide.to.push_descriptor(8), Refusal::none);
  EXPECT_EQ(wide.data(),
            "0200000000000000"
            "0500000000000000"
            "0600000000000000"
            "0700000000000000"
            "0000000000000000"
            "0800000000000000"
            "0000000000000000"
            "0000000000000000");
  EXPECT_EQ(wide.parcel.entry(1), 32u);
}

TEST(Append, MovesTheEntriesOn) {
  for (const DataModel model : {DataModel::ilp32, DataModel::lp64}) {
    Stage from(64, 2, model);
    from.to.push_uint8_unaligned(0xee);
    from.to.push_descriptor(7);
    Stage stage(64, 2, model);
    stage.to.push_int32(1);
    ASSERT_EQ(stage.to.append(from.parcel), Refusal::none);
    EXPECT_EQ(stage.parcel.entry(0), 5u);
    EXPECT_EQ(stage.parcel.entries_left(), 1u);
    EXPECT_EQ(stage.data().substr(0, 10), "01000000ee");
    const std::size_t object_bytes = model == DataModel::ilp32 ? 16 : 32;
    EXPECT_EQ(stage.parcel.used(), 4 + 1 + object_bytes + 3);
    EXPECT_EQ(stage.data().substr(2 * (5 + object_bytes)), "000000");
  }
}

TEST(Append, AddsNothingWithoutRoom) {
  Stage from(64, 1);
  from.to.push_descriptor(7);
  Stage short_of_bytes(15, 1), short_of_entries(64, 0);
  for (Stage* stage : {&short_of_bytes, &short_of_entries}) {
    EXPECT_EQ(stage->to.append(from.parcel), Refusal::append_does_not_fit);
    EXPECT_EQ(stage->parcel.used(), 0u);
    EXPECT_EQ(stage->parcel.entries_used(), 0u);
    EXPECT_FALSE(stage->parcel.available());
  }
}

TEST(Append, TakesNothingFromAParcelThatIsNotAvailable) {
  Stage stage(64);
  EXPECT_EQ(stage.to.append(Parcel(DataModel::ilp32)), Refusal::not_available);
  Stage other(64), empty(64);
  EXPECT_EQ(other.to.append(empty.parcel), Refusal::none);
  EXPECT_EQ(other.parcel.used(), 0u);
}

}  // namespace
}  // namespace touchstone::parcel
