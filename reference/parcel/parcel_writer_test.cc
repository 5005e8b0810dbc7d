// Pushes of the legacy API, byte by byte, in both data models.
#include "reference/parcel/parcel_writer.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <string>
#include <vector>

#include "reference/parcel/hex_for_test.h"

namespace touchstone::parcel {
namespace {

// A parcel over a buffer of 0xa5, at an odd address, with bytes before and behind that must stay.
class Stage {
 public:
  explicit Stage(std::size_t data_bytes, std::size_t objects = 0,
                 DataModel model = DataModel::ilp32)
      : parcel(model), bytes_(data_bytes + objects * word_bytes(model) + 9, std::byte{0xa5}) {
    parcel.init(std::span(bytes_).subspan(1, bytes_.size() - 9), objects);
  }

  std::string data() const { return hex(parcel.data()); }
  std::span<std::byte> at_cursor() {
    return std::span(bytes_).subspan(bytes_.size() - 8 - parcel.left(), parcel.left());
  }
  bool surroundings_are_untouched() const {
    return hex(std::span(bytes_).last(8)) == "a5a5a5a5a5a5a5a5" && bytes_[0] == std::byte{0xa5};
  }

  Parcel parcel;
  ParcelWriter to{parcel};

 private:
  std::vector<std::byte> bytes_;
};

template <typename Push>
std::string pushed(Push push, DataModel model = DataModel::ilp32) {
  Stage stage(64, 2, model);
  EXPECT_EQ(push(stage.to), Refusal::none);
  EXPECT_EQ(stage.parcel.used() + stage.parcel.left(), 64u);
  EXPECT_TRUE(stage.surroundings_are_untouched());
  return stage.data();
}

TEST(PushNumber, WidensNarrowOnes) {
  EXPECT_EQ(pushed([](auto& to) { return to.push_char('A'); }), "41000000");
  EXPECT_EQ(pushed([](auto& to) { return to.push_char('\x80'); }), "80ffffff");
  EXPECT_EQ(pushed([](auto& to) { return to.push_int8(-2); }), "feffffff");
  EXPECT_EQ(pushed([](auto& to) { return to.push_int16(-32768); }), "0080ffff");
  EXPECT_EQ(pushed([](auto& to) { return to.push_uint8(255); }), "ff000000");
  EXPECT_EQ(pushed([](auto& to) { return to.push_uint16(0x8001); }), "01800000");
  EXPECT_EQ(pushed([](auto& to) { return to.push_bool(true); }), "01000000");
  EXPECT_EQ(pushed([](auto& to) { return to.push_bool(false); }), "00000000");
}

TEST(PushNumber, WritesLittleEndian) {
  EXPECT_EQ(pushed([](auto& to) { return to.push_int32(0x12345678); }), "78563412");
  EXPECT_EQ(pushed([](auto& to) { return to.push_uint32(0xfffffffe); }), "feffffff");
  EXPECT_EQ(pushed([](auto& to) { return to.push_int64(-2); }), "feffffffffffffff");
  EXPECT_EQ(pushed([](auto& to) { return to.push_uint64(0x1122334455667788); }),
            "8877665544332211");
  EXPECT_EQ(pushed([](auto& to) { return to.push_float(1.0f); }), "0000803f");
  EXPECT_EQ(pushed([](auto& to) { return to.push_double(-2.0); }), "00000000000000c0");
}

TEST(PushNumber, TakesOneOrTwoBytesUnaligned) {
  EXPECT_EQ(pushed([](auto& to) { return to.push_char_unaligned('\xfe'); }), "fe");
  EXPECT_EQ(pushed([](auto& to) { return to.push_bool_unaligned(true); }), "01");
  EXPECT_EQ(pushed([](auto& to) { return to.push_int8_unaligned(-1); }), "ff");
  EXPECT_EQ(pushed([](auto& to) { return to.push_uint8_unaligned(7); }), "07");
  EXPECT_EQ(pushed([](auto& to) { return to.push_int16_unaligned(-2); }), "feff");
  EXPECT_EQ(pushed([](auto& to) { return to.push_uint16_unaligned(0x1234); }), "3412");
}

TEST(PushNumber, HasTheWidthOfAWordForPointers) {
  const auto push_intptr = [](auto& to) { return to.push_intptr(-2); };
  const auto push_uintptr = [](auto& to) { return to.push_uintptr(0x1000); };
  EXPECT_EQ(pushed(push_intptr, DataModel::ilp32), "feffffff");
  EXPECT_EQ(pushed(push_intptr, DataModel::lp64), "feffffffffffffff");
  EXPECT_EQ(pushed(push_uintptr, DataModel::ilp32), "00100000");
  EXPECT_EQ(pushed(push_uintptr, DataModel::lp64), "0010000000000000");
}

TEST(PushNumber, BeginsAtTheCursorWhereverItIs) {
  EXPECT_EQ(pushed([](auto& to) {
              to.push_uint8_unaligned(0xee);
              return to.push_int32(1);
            }),
            "ee01000000");
}

TEST(PushNumber, FitsExactlyOrNotAtAll) {
  Stage fits(8);
  EXPECT_EQ(fits.to.push_int64(1), Refusal::none);
  EXPECT_EQ(fits.parcel.left(), 0u);
  Stage lacks_one(7);
  EXPECT_EQ(lacks_one.to.push_int64(1), Refusal::no_room);
  EXPECT_EQ(lacks_one.parcel.left(), 7u);
  EXPECT_EQ(lacks_one.parcel.used(), 0u);
  EXPECT_EQ(lacks_one.parcel.flag(), flag_initialised | flag_overflowed);
  EXPECT_EQ(lacks_one.to.push_uint8_unaligned(1), Refusal::not_available);
}

TEST(PushString, EndsWithANulAndFillsWithZeroes) {
  const auto push = [](std::string_view text) {
    return pushed([&](auto& to) { return to.push_string(text); });
  };
  EXPECT_EQ(push(""), "0000000000000000");
  EXPECT_EQ(push({}), "0000000000000000");
  EXPECT_EQ(push("abc"), "0300000061626300");
  EXPECT_EQ(push("abcd"), "040000006162636400000000");
  EXPECT_EQ(push({"a\0b", 3}), "0300000061006200");
}

TEST(PushString, TakesACStringUpToItsNul) {
  EXPECT_EQ(pushed([](auto& to) { return to.push_c_string("hello"); }), "0500000068656c6c6f000000");
}

TEST(PushString, RefusesNullAndWhatHasNoEnd) {
  Stage stage(64);
  EXPECT_EQ(stage.to.push_c_string(nullptr), Refusal::string_unsendable);
  EXPECT_EQ(stage.to.push_c_string(nullptr), Refusal::not_available);
  Stage larger(8192);
  const std::vector<char> endless(8192, 'x');
  EXPECT_EQ(larger.to.push_c_string(endless.data()), Refusal::string_unsendable);
  Stage other(8192);
  EXPECT_EQ(other.to.push_string(std::string(8192, 'x')), Refusal::string_unsendable);
  EXPECT_EQ(other.parcel.used(), 0u);
}

TEST(PushString, LeavesItsLengthWhenItsBodyDoesNotFit) {
  Stage stage(11);
  EXPECT_EQ(stage.to.push_string("hello"), Refusal::no_room_for_string);
  EXPECT_EQ(stage.data(), "05000000");
  EXPECT_EQ(stage.parcel.left(), 7u);
  Stage largest(8192);
  EXPECT_EQ(largest.to.push_string(std::string(8187, 'x')), Refusal::none);
  EXPECT_EQ(largest.parcel.left(), 0u);
  Stage too_large(8192);
  EXPECT_EQ(too_large.to.push_string(std::string(8191, 'x')), Refusal::no_room_for_string);
}

TEST(PushFlatObject, FillsUpToWholeWords) {
  const auto push = [](const char* digits) {
    return pushed([&](auto& to) { return to.push_flat_object(bytes(digits)); });
  };
  EXPECT_EQ(push("11"), "0100000011000000");
  EXPECT_EQ(push("11223344"), "0400000011223344");
  EXPECT_EQ(push("1122334455"), "050000001122334455000000");
}

TEST(PushFlatObject, RefusesWhatCannotBeSent) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{8193}}) {
    Stage stage(8192);
    EXPECT_EQ(stage.to.push_flat_object(std::vector<std::byte>(size)), Refusal::flat_unsendable);
    EXPECT_EQ(stage.parcel.used(), 0u);
    EXPECT_FALSE(stage.parcel.available());
  }
}

TEST(PushFlatObject, LeavesItsLengthWhenItsBodyDoesNotFit) {
  Stage stage(8192);
  const std::vector<std::byte> object(8189);
  EXPECT_EQ(stage.to.push_flat_object(object), Refusal::no_room_for_flat);
  EXPECT_EQ(stage.data(), "fd1f0000");
}

TEST(PushFlatObject, IsRefusedOverItsOwnPlace) {
  Stage stage(32);
  const std::span<const std::byte> here = stage.at_cursor();
  EXPECT_EQ(stage.to.push_flat_object(here.first(8)), Refusal::flat_overlaps);
  EXPECT_EQ(stage.data(), "080000000000000000000000");
  EXPECT_EQ(stage.parcel.flag(), flag_initialised | flag_overflowed);
  EXPECT_TRUE(stage.surroundings_are_untouched());
  Stage behind(32);
  EXPECT_EQ(behind.to.push_flat_object(behind.at_cursor().subspan(12, 8)), Refusal::none);
}

TEST(PushObject, HasTheLayoutOfItsDataModel) {
  const auto descriptor = [](auto& to) { return to.push_descriptor(7); };
  EXPECT_EQ(pushed(descriptor), "00000000070000000000000000000000");
  EXPECT_EQ(pushed(descriptor, DataModel::lp64),
            "000000000000000007000000000000000000000000000000");
  const auto service = [](auto& to) { return to.push_service({3, 9, 0xcafebabe}); };
  EXPECT_EQ(pushed(service), "02000000030000000900000000000000");
  EXPECT_EQ(pushed(service, DataModel::lp64), "020000000000000003000000090000000000000000000000");
  const auto buffer = [](auto& to) { return to.push_buffer({100, 0x2000}); };
  EXPECT_EQ(pushed(buffer), "01000000640000000020000000000000");
  EXPECT_EQ(pushed(buffer, DataModel::lp64), "010000000000000064000000000000000020000000000000");
}

TEST(PushObject, AddsAnEntryOfOneWord) {
  for (const DataModel model : {DataModel::ilp32, DataModel::lp64}) {
    Stage stage(64, 2, model);
    stage.to.push_uint8_unaligned(1);
    EXPECT_EQ(stage.to.push_descriptor(1), Refusal::none);
    EXPECT_EQ(stage.to.push_service({1, 2, 3}), Refusal::none);
    EXPECT_EQ(stage.parcel.entries_left(), 0u);
    EXPECT_EQ(hex(stage.parcel.table()),
              model == DataModel::ilp32 ? "0100000011000000" : "01000000000000001900000000000000");
    EXPECT_EQ(stage.parcel.entry(1), model == DataModel::ilp32 ? 17u : 25u);
  }
}

TEST(PushObject, TakesItsBytesWithoutAnEntry) {
  Stage stage(64, 0, DataModel::lp64);
  EXPECT_EQ(stage.to.push_descriptor(1), Refusal::no_entry);
  EXPECT_EQ(stage.parcel.used(), 24u);
  EXPECT_EQ(stage.parcel.entries_used(), 0u);
  EXPECT_FALSE(stage.parcel.available());
}

TEST(PushObject, TakesNothingWithoutRoom) {
  Stage stage(15, 1);
  EXPECT_EQ(stage.to.push_service({}), Refusal::no_room_for_object);
  EXPECT_EQ(stage.parcel.left(), 15u);
  EXPECT_EQ(stage.parcel.entries_left(), 1u);
}

TEST(PushObject, RefusesWhatCannotBeSent) {
  constexpr std::uint32_t largest = 65536;
  for (const Buffer buffer : {Buffer{}, Buffer{0, 1}, Buffer{1, 0}, Buffer{largest + 1, 1}}) {
    Stage stage(64, 1);
    EXPECT_EQ(stage.to.push_buffer(buffer), Refusal::buffer_unsendable);
    EXPECT_EQ(stage.parcel.used(), 0u);
  }
  Stage stage(64, 1);
  EXPECT_EQ(stage.to.push_buffer({largest, 1}), Refusal::none);
  EXPECT_EQ(stage.to.push_null_service(), Refusal::null_service);
  EXPECT_EQ(stage.parcel.used(), 16u);
}

}  // namespace
}  // namespace touchstone::parcel
