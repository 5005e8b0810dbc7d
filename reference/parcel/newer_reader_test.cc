// Reads of the newer API where they differ from pops, from messages written by hand.
#include "reference/parcel/newer_reader.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reference/parcel/hex_for_test.h"

namespace touchstone::parcel {
namespace {

class Message {
 public:
  explicit Message(std::string_view digits, std::string_view table = "",
                   DataModel model = DataModel::ilp32)
      : parcel(model), data_(bytes("ee " + std::string(digits))), table_(bytes(table)) {
    parcel.init_from_message(std::span(data_).subspan(1), table_);
  }
  // "used left flag".
  std::string trace() const {
    return std::to_string(parcel.used()) + " " + std::to_string(parcel.left()) + " " +
           std::to_string(parcel.flag());
  }

  Parcel parcel;
  NewerReader from{parcel};

 private:
  std::vector<std::byte> data_;
  std::vector<std::byte> table_;
};

TEST(NewerReadString, TellsTheCountOnlyWhereItIsGood) {
  Message good("03000000 61626300");
  EXPECT_EQ(good.from.pop_string().count, 3u);
  Message cut_off("00200000 61626300");
  const PoppedBytes string = cut_off.from.pop_string();
  EXPECT_EQ(string.refusal, Refusal::string_cut_off);
  EXPECT_EQ(string.count, 8192u);
  EXPECT_EQ(Message("01200000 61626300").from.pop_string().count, std::nullopt);
  EXPECT_EQ(Message("010020").from.pop_string().count, std::nullopt);
}

TEST(NewerReadBuffer, TakesWholeWords) {
  Message message("11223344 55667788");
  EXPECT_EQ(hex(message.from.pop_buffer(3).bytes), "112233");
  EXPECT_EQ(message.trace(), "4 4 1");
  EXPECT_EQ(message.from.pop_buffer(0).refusal, Refusal::no_bytes_asked_for);
  EXPECT_EQ(message.trace(), "4 4 1");
  EXPECT_EQ(message.from.pop_buffer(5).refusal, Refusal::bytes_cut_off);
  EXPECT_EQ(message.trace(), "4 0 3");
  EXPECT_EQ(message.from.pop_buffer(1).refusal, Refusal::not_available);
}

TEST(NewerReadBuffer, FailsWhenItsRoundedSizeWraps) {
  for (std::size_t from_top = 0; from_top < 4; ++from_top) {
    Message message("11223344");
    EXPECT_EQ(message.from.pop_buffer(SIZE_MAX - from_top).refusal, Refusal::bytes_cut_off);
    EXPECT_EQ(message.trace(), "0 0 3");
  }
}

TEST(NewerReadRaw, AsksForTheExactCount) {
  Message message("03000000 11223344 04000000 11223344");
  EXPECT_EQ(hex(message.from.pop_raw(3).bytes), "112233");
  EXPECT_EQ(message.from.pop_raw(3).refusal, Refusal::raw_of_another_size);
  EXPECT_EQ(message.trace(), "12 4 1");
  EXPECT_EQ(message.from.pop_raw(0).refusal, Refusal::no_bytes_asked_for);
  EXPECT_EQ(Message("09000000 11223344").from.pop_raw(9).refusal, Refusal::bytes_cut_off);
  EXPECT_EQ(Message("090000").from.pop_raw(9).refusal, Refusal::cut_off);
}

TEST(NewerReadString16, LooksForItsEnd) {
  Message good("02000000 61006200 00000000");
  const PoppedBytes units = good.from.pop_string16();
  EXPECT_EQ(hex(units.bytes), "61006200");
  EXPECT_EQ(units.count, 2u);
  Message endless("01000000 61006200");
  const PoppedBytes refused = endless.from.pop_token();
  EXPECT_EQ(refused.refusal, Refusal::string16_without_end);
  EXPECT_EQ(refused.count, 1u);
  EXPECT_EQ(endless.trace(), "8 0 1");
}

TEST(NewerReadString16, FailsAsAStringDoes) {
  Message claims("00100000 61000000");
  EXPECT_EQ(claims.from.pop_string16().refusal, Refusal::string16_claims_too_much);
  EXPECT_EQ(claims.trace(), "4 4 1");
  Message cut_off("03000000 61006200");
  EXPECT_EQ(cut_off.from.pop_string16().refusal, Refusal::string_cut_off);
  EXPECT_EQ(cut_off.trace(), "4 0 3");
  EXPECT_EQ(Message("").from.pop_string16().count, 0u);
}

TEST(NewerReadVector, GivesElementsOfTheirWidth) {
  Message message("02000000 01000000 00000000  01000000 feff0000  03000000 ff0203  00000000");
  const PoppedBytes truths = message.from.pop_vector<bool>();
  ASSERT_EQ(truths.count, 2u);
  EXPECT_TRUE(vector_element<bool>(truths, 0));
  EXPECT_FALSE(vector_element<bool>(truths, 1));
  EXPECT_EQ(vector_element<std::int16_t>(message.from.pop_vector<std::int16_t>(), 0), -2);
  EXPECT_EQ(hex(message.from.pop_vector<std::int8_t>().bytes), "ff0203");
  const PoppedBytes none = message.from.pop_vector<double>();
  EXPECT_TRUE(none.done());
  EXPECT_NE(none.bytes.data(), nullptr);
  EXPECT_EQ(message.trace(), "31 0 1");
}

template <typename Element>
Refusal refusal_of(std::uint32_t count) {
  std::vector<std::byte> data(8);
  store(data.data(), count);
  Parcel parcel(DataModel::lp64);
  parcel.init_from_message(data, {});
  const PoppedBytes vector = NewerReader(parcel).pop_vector<Element>();
  EXPECT_EQ(vector.count, count);
  EXPECT_EQ(parcel.available(), vector.refusal == Refusal::vector_claims_too_much);
  return vector.refusal;
}

TEST(NewerReadVector, HasALimitForEachWidth) {
  EXPECT_EQ(refusal_of<bool>(2048), Refusal::vector_cut_off);
  EXPECT_EQ(refusal_of<bool>(2049), Refusal::vector_claims_too_much);
  EXPECT_EQ(refusal_of<std::int16_t>(4096), Refusal::vector_cut_off);
  EXPECT_EQ(refusal_of<std::int16_t>(4097), Refusal::vector_claims_too_much);
  EXPECT_EQ(refusal_of<std::uint16_t>(4097), Refusal::vector_claims_too_much);
  EXPECT_EQ(refusal_of<float>(2048), Refusal::vector_cut_off);
  EXPECT_EQ(refusal_of<std::uint32_t>(2049), Refusal::vector_claims_too_much);
  EXPECT_EQ(refusal_of<std::int64_t>(1024), Refusal::vector_cut_off);
  EXPECT_EQ(refusal_of<double>(1025), Refusal::vector_claims_too_much);
  EXPECT_EQ(refusal_of<std::uint8_t>(UINT32_MAX), Refusal::vector_cut_off);
}

TEST(NewerReadVector, TakesTheWideElementsThatAreThere) {
  Message wide("03000000 01000000 00000000 ffff");
  EXPECT_EQ(wide.from.pop_vector<bool>().refusal, Refusal::vector_cut_off);
  EXPECT_EQ(wide.trace(), "12 0 3");
  Message packed("03000000 01000000");
  EXPECT_EQ(packed.from.pop_vector<std::int32_t>().refusal, Refusal::vector_cut_off);
  EXPECT_EQ(packed.trace(), "4 0 3");
}

TEST(NewerReadObject, GivesWhatStandsInTheMessage) {
  const NewerService service{3, 9, 7};
  EXPECT_EQ(Message("02000000 03000000 09000000 07000000", "00000000").from.pop_service(), service);
  EXPECT_EQ(Message("0200000000000000 03000000ffffffff 0900000000000000 0700000000000000",
                    "0000000000000000", DataModel::lp64)
                .from.pop_service(),
            service);
  Message message("02000000 03000000 09000000 07000000", "00000000");
  EXPECT_EQ(message.from.pop_descriptor().error(), Refusal::object_of_another_type);
  EXPECT_EQ(message.trace(), "16 0 1");
  EXPECT_EQ(Message("00000000 08000000 00000000 00000000", "00000000").from.pop_descriptor(), 8);
}

}  // namespace
}  // namespace touchstone::parcel
