// The layouts of both data models against the tables of spec chapter 10, and offsets on their way
// from the data model of a case to that of a backend and back.
#include "adapter/abi.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace touchstone {
namespace {

constexpr std::uint32_t ilp32_object_bytes = 16;
constexpr std::uint32_t lp64_object_bytes = 24;

TEST(LayoutOf, HasTheIlp32Tables) {
  const AbiLayout& abi = layout_of(DataModel::ilp32);
  EXPECT_EQ(abi.pointer_bytes, 4u);
  EXPECT_EQ(abi.header_bytes, 64u);
  EXPECT_EQ(abi.data, 36u);
  EXPECT_EQ(abi.object_count, 40u);
  EXPECT_EQ(abi.offsets, 44u);
  EXPECT_EQ(abi.process_id, 48u);
  EXPECT_EQ(abi.content_bytes, 16u);
  EXPECT_EQ(abi.out_message, 4u);
  EXPECT_EQ(abi.in_message, 8u);
  EXPECT_EQ(abi.buffer_to_free, 12u);
  EXPECT_EQ(abi.object_bytes, ilp32_object_bytes);
  EXPECT_EQ(abi.object_value, 4u);
  EXPECT_EQ(abi.object_pointer, 8u);
  EXPECT_EQ(abi.send_receive, 0xc0106904u);
}

TEST(LayoutOf, HasTheLp64Tables) {
  const AbiLayout& abi = layout_of(DataModel::lp64);
  EXPECT_EQ(abi.pointer_bytes, 8u);
  EXPECT_EQ(abi.header_bytes, 80u);
  EXPECT_EQ(abi.data, 40u);
  EXPECT_EQ(abi.object_count, 48u);
  EXPECT_EQ(abi.offsets, 56u);
  EXPECT_EQ(abi.process_id, 64u);
  EXPECT_EQ(abi.content_bytes, 32u);
  EXPECT_EQ(abi.out_message, 8u);
  EXPECT_EQ(abi.in_message, 16u);
  EXPECT_EQ(abi.buffer_to_free, 24u);
  EXPECT_EQ(abi.object_bytes, lp64_object_bytes);
  EXPECT_EQ(abi.object_value, 8u);
  EXPECT_EQ(abi.object_pointer, 16u);
  EXPECT_EQ(abi.send_receive, 0xc0206904u);
}

TEST(LayoutOf, HasTheOtherCommandWords) {
  EXPECT_EQ(word_set_cms, 0x6901u);
  EXPECT_EQ(word_cms_command, 0xc00c6902u);
  EXPECT_EQ(word_set_ipc_thread, 0x6903u);
  EXPECT_EQ(word_get_version, 0x80046905u);
  EXPECT_EQ(cms_content_bytes, 12u);
}

TEST(StoreAndLoad, KeepLittleEndianBytesAtAnyPlace) {
  std::array<std::byte, 13> bytes{};
  store_u32(bytes, 1, 0x04030201);
  store_u64(bytes, 5, 0x0807060504030201);
  const std::array<unsigned, 13> expected{0, 1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 8};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    EXPECT_EQ(std::to_integer<unsigned>(bytes[i]), expected[i]) << i;
  }
  EXPECT_EQ(load_u32(bytes, 1), 0x04030201u);
  EXPECT_EQ(load_u64(bytes, 5), 0x0807060504030201u);
}

TEST(StoreAndLoad, TakeAnAddressAsWideAsTheModel) {
  std::array<std::byte, 8> bytes{};
  store_address(layout_of(DataModel::ilp32), bytes, 0, 0x1122334455667788);
  EXPECT_EQ(load_u64(bytes, 0), 0x55667788u);
  store_address(layout_of(DataModel::lp64), bytes, 0, 0x1122334455667788);
  EXPECT_EQ(load_address(layout_of(DataModel::lp64), bytes, 0), 0x1122334455667788u);
  EXPECT_EQ(load_address(layout_of(DataModel::ilp32), bytes, 0), 0x55667788u);
}

Relayout to_lp64(const std::vector<std::uint32_t>& objects) {
  Relayout relayout(ilp32_object_bytes, lp64_object_bytes);
  for (const std::uint32_t offset : objects) relayout.add_case_object(offset);
  return relayout;
}

TEST(Relayout, ChangesNothingBetweenEqualModels) {
  Relayout relayout(lp64_object_bytes, lp64_object_bytes);
  EXPECT_TRUE(relayout.is_identity());
  relayout.add_case_object(4);
  for (const std::uint32_t offset : {0u, 4u, 27u, 28u, 100u, 0xffffffffu}) {
    EXPECT_EQ(relayout.to_backend(offset), offset);
    EXPECT_EQ(relayout.to_case(offset), offset);
  }
}

TEST(Relayout, ChangesNothingWithoutObjects) {
  const Relayout relayout = to_lp64({});
  EXPECT_FALSE(relayout.is_identity());
  EXPECT_EQ(relayout.to_backend(6553), 6553u);
  EXPECT_EQ(relayout.to_case(6553), 6553u);
}

// Bytes 0 to 3, an object at 4, bytes 20 and 21, an object at 22, bytes from 38 on.
TEST(Relayout, MakesRoomForEachObjectWhereItEnds) {
  const Relayout relayout = to_lp64({4, 22});
  EXPECT_EQ(relayout.to_backend(0), 0u);
  EXPECT_EQ(relayout.to_backend(4), 4u);
  EXPECT_EQ(relayout.to_backend(19), 19u);
  EXPECT_EQ(relayout.to_backend(20), 28u);
  EXPECT_EQ(relayout.to_backend(21), 29u);
  EXPECT_EQ(relayout.to_backend(22), 30u);
  EXPECT_EQ(relayout.to_backend(38), 54u);
  EXPECT_EQ(relayout.to_backend(40), 56u);
}

TEST(Relayout, FindsTheWayBackForEveryByteOfTheCase) {
  for (const std::vector<std::uint32_t>& objects :
       {std::vector<std::uint32_t>{}, {0}, {3}, {0, 16}, {4, 22}, {0, 16, 32, 60}, {60, 32, 0}}) {
    const Relayout relayout = to_lp64(objects);
    for (std::uint32_t offset = 0; offset < 120; ++offset) {
      EXPECT_EQ(relayout.to_case(relayout.to_backend(offset)), offset);
    }
  }
}

TEST(Relayout, KeepsTheOrderOfBytes) {
  const Relayout relayout = to_lp64({0, 8, 20});  // the first two overlap
  for (std::uint32_t offset = 0; offset < 80; ++offset) {
    EXPECT_LT(relayout.to_backend(offset), relayout.to_backend(offset + 1));
  }
}

TEST(Relayout, CountsAnObjectNamedTwiceOnce) {
  const Relayout relayout = to_lp64({4, 4, 4});
  EXPECT_EQ(relayout.to_backend(20), 28u);
  EXPECT_EQ(relayout.to_case(28), 20u);
}

TEST(Relayout, ShrinksACaseForLp64OnIlp32) {
  Relayout relayout(lp64_object_bytes, ilp32_object_bytes);
  relayout.add_case_object(0);
  relayout.add_case_object(30);
  EXPECT_EQ(relayout.to_backend(24), 16u);
  EXPECT_EQ(relayout.to_backend(30), 22u);
  EXPECT_EQ(relayout.to_backend(54), 38u);
}

TEST(Relayout, LeavesWildOffsetsFarOutside) {
  const Relayout relayout = to_lp64({0, 16});
  EXPECT_EQ(relayout.to_backend(0xffffff00), 0xffffff10u);
  EXPECT_EQ(to_lp64({0xfffffff0}).to_backend(0xffffffff), 0xffffffffu);
}

}  // namespace
}  // namespace touchstone
