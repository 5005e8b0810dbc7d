// Pops of the legacy API from messages written by hand, in both data models.
#include "reference/parcel/parcel_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "reference/parcel/hex_for_test.h"

namespace touchstone::parcel {
namespace {

// A received parcel whose data lies at an odd address.
class Message {
 public:
  explicit Message(std::string_view digits, const std::vector<std::uint64_t>& entries = {},
                   DataModel model = DataModel::ilp32)
      : parcel(model), data_(bytes("ee " + std::string(digits))) {
    for (const std::uint64_t entry : entries) {
      table_.resize(table_.size() + word_bytes(model));
      store_word(model, table_.data() + table_.size() - word_bytes(model), entry);
    }
    parcel.init_from_message(std::span(data_).subspan(1), table_);
  }

  std::size_t place_of(std::span<const std::byte> popped) const {
    return static_cast<std::size_t>(popped.data() - parcel.state().data);
  }
  // "used left entries_left flag", as the recordings have it.
  std::string trace() const {
    return std::to_string(parcel.used()) + " " + std::to_string(parcel.left()) + " " +
           std::to_string(parcel.entries_left()) + " " + std::to_string(parcel.flag());
  }

  Parcel parcel;
  ParcelReader from{parcel};

 private:
  std::vector<std::byte> data_;
  std::vector<std::byte> table_;
};

TEST(PopNumber, LooksAtTheLowestBytesOfNarrowOnes) {
  EXPECT_EQ(Message("80ffffff").from.pop_int8(), -128);
  EXPECT_EQ(Message("b4000000").from.pop_int8(), -76);
  EXPECT_EQ(Message("34120dab").from.pop_uint16(), 0x1234);
  EXPECT_EQ(Message("feff0000").from.pop_int16(), -2);
  EXPECT_EQ(Message("41333333").from.pop_char(), 'A');
  EXPECT_EQ(Message("ff000000").from.pop_uint8(), 255);
  EXPECT_EQ(Message("01000000").from.pop_bool(), true);
  EXPECT_EQ(Message("00ffffff").from.pop_bool(), false);
  EXPECT_EQ(Message("80").from.pop_bool_unaligned(), true);
}

TEST(PopNumber, GivesTheValue) {
  EXPECT_EQ(Message("feffffff").from.pop_int32(), -2);
  EXPECT_EQ(Message("feffffff").from.pop_uint32(), 0xfffffffeu);
  EXPECT_EQ(Message("feffffffffffffff").from.pop_int64(), -2);
  EXPECT_EQ(Message("8877665544332211").from.pop_uint64(), 0x1122334455667788u);
  EXPECT_EQ(Message("0000803f").from.pop_float(), 1.0f);
  EXPECT_EQ(Message("00000000000000c0").from.pop_double(), -2.0);
  EXPECT_EQ(Message("fe").from.pop_char_unaligned(), '\xfe');
  EXPECT_EQ(Message("fe").from.pop_int8_unaligned(), -2);
  EXPECT_EQ(Message("fe").from.pop_uint8_unaligned(), 254);
  EXPECT_EQ(Message("feff").from.pop_int16_unaligned(), -2);
  EXPECT_EQ(Message("feff").from.pop_uint16_unaligned(), 0xfffe);
}

TEST(PopNumber, HasTheWidthOfAWordForPointers) {
  EXPECT_EQ(Message("feffffff").from.pop_intptr(), -2);
  EXPECT_EQ(Message("feffffff").from.pop_uintptr(), 0xfffffffeu);
  EXPECT_EQ(Message("feffffff", {}, DataModel::lp64).from.pop_uintptr().error(), Refusal::cut_off);
  EXPECT_EQ(Message("feffffffffffffff", {}, DataModel::lp64).from.pop_intptr(), -2);
}

TEST(PopNumber, LeavesNothingWhenBytesAreMissing) {
  Message message("01000000 020304");
  EXPECT_EQ(message.from.pop_int32(), 1);
  EXPECT_EQ(message.from.pop_uint8().error(), Refusal::cut_off);
  EXPECT_EQ(message.trace(), "4 0 0 3");
  EXPECT_EQ(message.from.pop_uint8_unaligned().error(), Refusal::not_available);
}

TEST(PopString, GivesItsPlaceAndCount) {
  Message message("03000000 61620078 04000000 61626364 00000000 07000000");
  const PoppedBytes first = message.from.pop_string();
  EXPECT_EQ(message.place_of(first.bytes), 4u);
  EXPECT_EQ(hex(first.bytes), "616200");
  EXPECT_EQ(first.count, 3u);
  const PoppedBytes second = message.from.pop_string();
  EXPECT_EQ(hex(second.bytes), "61626364");
  EXPECT_EQ(message.from.pop_int32(), 7);
}

TEST(PopString, TellsTheCountOfOneThatClaimsTooMuch) {
  Message message("01200000 07000000");
  const PoppedBytes string = message.from.pop_string();
  EXPECT_EQ(string.refusal, Refusal::string_claims_too_much);
  EXPECT_EQ(string.count, 8193u);
  EXPECT_EQ(message.trace(), "4 4 0 1");
  EXPECT_EQ(message.from.pop_int32(), 7);
}

TEST(PopString, FailsWhenItIsCutOff) {
  Message message("04000000 61626364");
  const PoppedBytes string = message.from.pop_string();
  EXPECT_EQ(string.refusal, Refusal::string_cut_off);
  EXPECT_EQ(string.count, 4u);
  EXPECT_EQ(message.trace(), "4 0 0 3");
}

TEST(PopString, HasNoCountWithoutALength) {
  Message message("040000");
  const PoppedBytes string = message.from.pop_string();
  EXPECT_EQ(string.refusal, Refusal::cut_off);
  EXPECT_EQ(string.count, 0u);
}

TEST(PopFlatObject, GivesItsPlaceAndCount) {
  Message message("05000000 1122334455aabbcc 00000000");
  const PoppedBytes object = message.from.pop_flat_object();
  EXPECT_EQ(hex(object.bytes), "1122334455");
  EXPECT_EQ(object.count, 5u);
  const PoppedBytes empty = message.from.pop_flat_object();
  EXPECT_TRUE(empty.done());
  EXPECT_NE(empty.bytes.data(), nullptr);
  EXPECT_EQ(message.place_of(empty.bytes), 16u);
  EXPECT_EQ(empty.count, 0u);
}

TEST(PopFlatObject, FailsAsAStringDoes) {
  Message claims("ffffffff 07000000");
  EXPECT_EQ(claims.from.pop_flat_object().refusal, Refusal::flat_claims_too_much);
  EXPECT_EQ(claims.trace(), "4 4 0 1");
  Message cut_off("05000000 11223344 556677");
  const PoppedBytes object = cut_off.from.pop_flat_object();
  EXPECT_EQ(object.refusal, Refusal::flat_cut_off);
  EXPECT_EQ(object.count, 5u);
  EXPECT_EQ(cut_off.trace(), "4 0 0 3");
}

TEST(PopObject, GivesWhatStandsInTheMessage) {
  Message narrow("00000000 ffffffff a5a5a5a5 a5a5a5a5", {0});
  EXPECT_EQ(narrow.from.pop_descriptor(), -1);
  EXPECT_EQ(narrow.trace(), "16 0 0 1");
  const Service service{3, 9, 7};
  EXPECT_EQ(Message("02000000 03000000 09000000 07000000", {0}).from.pop_service(), service);
  EXPECT_EQ(Message("02000000 a5a5a5a5 03000000 09000000 07000000 a5a5a5a5", {0}, DataModel::lp64)
                .from.pop_service(),
            service);
  const Buffer buffer{0x10001, 0x7fffffff};
  EXPECT_EQ(Message("01000000 01000100 ffffff7f a5a5a5a5", {0}).from.pop_buffer(), buffer);
  EXPECT_EQ(Message("01000000 a5a5a5a5 01000100 a5a5a5a5 ffffff7f 00000000", {0}, DataModel::lp64)
                .from.pop_buffer(),
            buffer);
}

TEST(PopObject, NeedsAnEntryThatNamesTheCursor) {
  const std::string object = "02000000 03000000 09000000 07000000 00000000";
  for (const std::vector<std::uint64_t>& entries :
       std::vector<std::vector<std::uint64_t>>{{}, {4}, {0xffffffff}}) {
    Message message(object, entries);
    EXPECT_EQ(message.from.pop_service().error(), Refusal::no_such_object);
    EXPECT_EQ(message.trace(), "0 20 " + std::to_string(entries.size()) + " 3");
  }
}

TEST(PopObject, KeepsTheEntryOfOneThatIsCutOff) {
  Message message("02000000 03000000 09000000 070000", {0});
  EXPECT_EQ(message.from.pop_service().error(), Refusal::object_cut_off);
  EXPECT_EQ(message.trace(), "0 0 1 3");
}

TEST(PopObject, TakesOneOfAnotherType) {
  Message message("03000000 03000000 09000000 07000000 00000000 08000000 00000000 00000000",
                  {0, 16});
  EXPECT_EQ(message.from.pop_service().error(), Refusal::object_of_another_type);
  EXPECT_EQ(message.trace(), "16 16 1 1");
  EXPECT_EQ(message.from.pop_descriptor(), 8);
}

TEST(PopObject, LeavesTheTableToNumbers) {
  Message message("02000000 03000000 09000000 07000000", {0});
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(message.from.pop_uint32());
  EXPECT_EQ(message.trace(), "16 0 1 1");
  EXPECT_EQ(message.from.pop_service().error(), Refusal::no_such_object);
}

}  // namespace
}  // namespace touchstone::parcel
