// Both data models against the tables of spec chapter 10, written out by hand, byte by byte.
#include "reference/kernel/abi.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace touchstone::kernel {
namespace {

std::vector<std::byte> bytes_of(const std::vector<unsigned>& numbers) {
  std::vector<std::byte> bytes;
  for (const unsigned number : numbers) bytes.push_back(static_cast<std::byte>(number));
  return bytes;
}

// clang-format off
const std::vector<unsigned> ilp32_message{
    0x01, 0x00, 0x00, 0x00,                          //  0 type: reply
    0x02, 0x03, 0x04, 0x05,                          //  4 target.handle
    0x06, 0x07, 0x08, 0x09,                          //  8 target.token
    0x0a, 0x0b, 0x0c, 0x0d,                          // 12 target.cookie
    0x0e, 0x0f, 0x10, 0x11,                          // 16 code
    0x12, 0x13, 0x14, 0x15,                          // 20 flag
    0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d,  // 24 timestamp
    0x1e, 0x1f, 0x20, 0x21,                          // 32 dataSz
    0x22, 0x23, 0x24, 0x25,                          // 36 data
    0x26, 0x27, 0x28, 0x29,                          // 40 spObjNum
    0x2a, 0x2b, 0x2c, 0x2d,                          // 44 offsets
    0x2e, 0x2f, 0x30, 0x31,                          // 48 processID
    0x32, 0x33, 0x34, 0x35,                          // 52 taskID
    0x36, 0x37, 0x38, 0x39,                          // 56 userID
    0x3a, 0x3b, 0x3c, 0x3d,                          // 60 gid
};
const std::vector<unsigned> lp64_message{
    0x01, 0x00, 0x00, 0x00,                          //  0 type: reply
    0x02, 0x03, 0x04, 0x05,                          //  4 target.handle
    0x06, 0x07, 0x08, 0x09,                          //  8 target.token
    0x0a, 0x0b, 0x0c, 0x0d,                          // 12 target.cookie
    0x0e, 0x0f, 0x10, 0x11,                          // 16 code
    0x12, 0x13, 0x14, 0x15,                          // 20 flag
    0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d,  // 24 timestamp
    0x1e, 0x1f, 0x20, 0x21,                          // 32 dataSz
    0x00, 0x00, 0x00, 0x00,                          // 36 nothing
    0x22, 0x23, 0x24, 0x25, 0x42, 0x43, 0x44, 0x45,  // 40 data
    0x26, 0x27, 0x28, 0x29,                          // 48 spObjNum
    0x00, 0x00, 0x00, 0x00,                          // 52 nothing
    0x2a, 0x2b, 0x2c, 0x2d, 0x46, 0x47, 0x48, 0x49,  // 56 offsets
    0x2e, 0x2f, 0x30, 0x31,                          // 64 processID
    0x32, 0x33, 0x34, 0x35,                          // 68 taskID
    0x36, 0x37, 0x38, 0x39,                          // 72 userID
    0x3a, 0x3b, 0x3c, 0x3d,                          // 76 gid
};
// clang-format on

void expect_fields_of_the_tables(const Header& header) {
  EXPECT_EQ(header.type, 1u);
  EXPECT_EQ(header.handle, 0x05040302u);
  EXPECT_EQ(header.token, 0x09080706u);
  EXPECT_EQ(header.cookie, 0x0d0c0b0au);
  EXPECT_EQ(header.code, 0x11100f0eu);
  EXPECT_EQ(header.flag, 0x15141312u);
  EXPECT_EQ(header.timestamp, 0x1d1c1b1a19181716u);
  EXPECT_EQ(header.data_bytes, 0x21201f1eu);
  EXPECT_EQ(header.object_count, 0x29282726u);
  EXPECT_EQ(header.process_id, 0x31302f2eu);
  EXPECT_EQ(header.task_id, 0x35343332u);
  EXPECT_EQ(header.user_id, 0x39383736u);
  EXPECT_EQ(header.group_id, 0x3d3c3b3au);
}

TEST(DecodeHeader, ReadsTheFieldsWhereTheIlp32TableSays) {
  const Header header = decode_header(abi_of(DataModel::ilp32), bytes_of(ilp32_message));
  expect_fields_of_the_tables(header);
  EXPECT_EQ(header.data, 0x25242322u);
  EXPECT_EQ(header.offsets, 0x2d2c2b2au);
}

TEST(DecodeHeader, ReadsTheFieldsWhereTheLp64TableSays) {
  const Header header = decode_header(abi_of(DataModel::lp64), bytes_of(lp64_message));
  expect_fields_of_the_tables(header);
  EXPECT_EQ(header.data, 0x4544434225242322u);
  EXPECT_EQ(header.offsets, 0x494847462d2c2b2au);
}

TEST(DecodeHeader, LooksAtNoPadding) {
  std::vector<unsigned> message = lp64_message;
  for (const std::size_t at : {36u, 37u, 38u, 39u, 52u, 53u, 54u, 55u}) message[at] = 0xee;
  expect_fields_of_the_tables(decode_header(abi_of(DataModel::lp64), bytes_of(message)));
}

TEST(EncodeHeader, WritesTheBytesOfTheTables) {
  for (const DataModel model : {DataModel::ilp32, DataModel::lp64}) {
    const auto bytes = bytes_of(model == DataModel::ilp32 ? ilp32_message : lp64_message);
    // Not zeroes, so that a byte left out is seen.
    std::vector<std::byte> written(bytes.size(), std::byte{0xcc});
    encode_header(abi_of(model), decode_header(abi_of(model), bytes), written);
    EXPECT_EQ(written, bytes);
  }
}

TEST(AbiOf, HasTheIlp32TablesOfContentAndObject) {
  const Abi& abi = abi_of(DataModel::ilp32);
  EXPECT_EQ(abi.limits.message_header_bytes, ilp32_message.size());
  EXPECT_EQ(abi.pointer_bytes, 4u);
  EXPECT_EQ(abi.content_bytes, 16u);
  EXPECT_EQ(abi.out_message, 4u);
  EXPECT_EQ(abi.in_message, 8u);
  EXPECT_EQ(abi.buffer, 12u);
  EXPECT_EQ(abi.object_bytes, 16u);
  EXPECT_EQ(abi.object_value, 4u);
  EXPECT_EQ(abi.object_pointer, 8u);
  EXPECT_EQ(abi.send_receive_word, 0xc0106904u);
}

TEST(AbiOf, HasTheLp64TablesOfContentAndObject) {
  const Abi& abi = abi_of(DataModel::lp64);
  EXPECT_EQ(abi.limits.message_header_bytes, lp64_message.size());
  EXPECT_EQ(abi.pointer_bytes, 8u);
  EXPECT_EQ(abi.content_bytes, 32u);
  EXPECT_EQ(abi.out_message, 8u);
  EXPECT_EQ(abi.in_message, 16u);
  EXPECT_EQ(abi.buffer, 24u);
  EXPECT_EQ(abi.object_bytes, 24u);
  EXPECT_EQ(abi.object_value, 8u);
  EXPECT_EQ(abi.object_pointer, 16u);
  EXPECT_EQ(abi.send_receive_word, 0xc0206904u);
}

TEST(AbiOf, HasTheSameOtherWordsInBothModels) {
  EXPECT_EQ(set_cms_word, 0x6901u);
  EXPECT_EQ(cms_command_word, 0xc00c6902u);
  EXPECT_EQ(set_ipc_thread_word, 0x6903u);
  EXPECT_EQ(get_version_word, 0x80046905u);
  EXPECT_EQ(cms_content_bytes, 12u);
  EXPECT_EQ(version_bytes, 4u);
  EXPECT_EQ(offset_bytes, 4u);
}

TEST(Store, WritesTheLeastByteFirst) {
  std::array<std::byte, 10> bytes{};
  store32(bytes, 1, 0x04030201);
  EXPECT_EQ(bytes[0], std::byte{0});
  EXPECT_EQ(bytes[1], std::byte{1});
  EXPECT_EQ(bytes[4], std::byte{4});
  EXPECT_EQ(bytes[5], std::byte{0});
  EXPECT_EQ(load32(bytes, 1), 0x04030201u);
}

TEST(Store, CutsAPointerToTheModel) {
  std::array<std::byte, 8> bytes{};
  store_pointer(abi_of(DataModel::ilp32), bytes, 0, 0x1122334455667788);
  EXPECT_EQ(load_pointer(abi_of(DataModel::lp64), bytes, 0), 0x55667788u);
  store_pointer(abi_of(DataModel::lp64), bytes, 0, 0x1122334455667788);
  EXPECT_EQ(load_pointer(abi_of(DataModel::lp64), bytes, 0), 0x1122334455667788u);
  EXPECT_EQ(load_pointer(abi_of(DataModel::ilp32), bytes, 0), 0x55667788u);
}

TEST(AbiDeathTest, StopsAtAReadPastTheBytes) {
  const std::array<std::byte, 7> bytes{};
  EXPECT_DEATH(load32(bytes, 4), "ABI-3");
  EXPECT_DEATH(load_pointer(abi_of(DataModel::lp64), bytes, 0), "ABI-3");
  EXPECT_DEATH(decode_header(abi_of(DataModel::ilp32), bytes), "ABI-1");
}

}  // namespace
}  // namespace touchstone::kernel
