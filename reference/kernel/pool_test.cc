// The pool by itself: which bytes a block gets, what happens when there are none left, and that
// AddressSanitizer sees the edges of a block.
#include "reference/kernel/pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reference/kernel/limits.h"

#if defined(__SANITIZE_ADDRESS__)
#define TOUCHSTONE_HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TOUCHSTONE_HAS_ASAN 1
#endif
#endif

namespace touchstone::kernel {
namespace {

// Bytes that blocks can have in a pool of one page: none lies at the very start.
constexpr std::uint32_t usable_bytes = page_bytes - 16;

PoolMemory memory(std::uint32_t bytes) {
  return {std::shared_ptr<std::byte[]>(new std::byte[bytes]()), 0x20000000};
}

TEST(Pool, GivesABlockOfTheBytesAskedFor) {
  Pool pool(memory(page_bytes), page_bytes);
  for (const std::uint32_t bytes : {1u, 15u, 16u, 17u, 64u, 1000u}) {
    const auto block = pool.allocate(bytes);
    ASSERT_TRUE(block);
    EXPECT_EQ(pool.block(*block).size(), bytes);
  }
  EXPECT_TRUE(pool.is_consistent(6));
}

TEST(Pool, HasNoBlockAtItsOwnAddress) {
  Pool pool(memory(page_bytes), page_bytes);
  const auto block = pool.allocate(1);
  ASSERT_TRUE(block);
  EXPECT_NE(*block, 0u);
  EXPECT_FALSE(pool.is_block(0));
}

TEST(Pool, GivesBlocksThatDoNotOverlap) {
  Pool pool(memory(page_bytes), page_bytes);
  const auto first = pool.allocate(20);
  const auto second = pool.allocate(20);
  ASSERT_TRUE(first && second);
  std::ranges::fill(pool.block(*first), std::byte{0x11});
  std::ranges::fill(pool.block(*second), std::byte{0x22});
  EXPECT_TRUE(std::ranges::all_of(pool.block(*first),
                                  [](std::byte byte) { return byte == std::byte{0x11}; }));
}

TEST(Pool, TakesTheWholePoolInOneBlock) {
  Pool pool(memory(pool_bytes_max), pool_bytes_max);
  const auto block = pool.allocate(pool_bytes_max - 16);
  ASSERT_TRUE(block);
  EXPECT_FALSE(pool.allocate(1));
  EXPECT_TRUE(pool.is_consistent(1));
}

TEST(Pool, RefusesMoreThanThereIs) {
  Pool pool(memory(page_bytes), page_bytes);
  EXPECT_FALSE(pool.allocate(usable_bytes + 1));
  EXPECT_FALSE(pool.allocate(page_bytes));
  EXPECT_FALSE(pool.allocate(page_bytes + 1));
  EXPECT_FALSE(pool.allocate(0x1'0000'0001));  // would be 1 in 32 bits
  EXPECT_TRUE(pool.is_consistent(0));
}

TEST(Pool, IsExhaustedOnlyWhenEveryByteIsTaken) {
  Pool pool(memory(page_bytes), page_bytes);
  std::size_t blocks = 0;
  while (pool.allocate(16)) ++blocks;
  EXPECT_EQ(blocks, usable_bytes / 16);
  EXPECT_TRUE(pool.is_consistent(blocks));
}

TEST(Pool, HasRoomAgainAfterARelease) {
  Pool pool(memory(page_bytes), page_bytes);
  const auto block = pool.allocate(usable_bytes);
  ASSERT_TRUE(block);
  ASSERT_FALSE(pool.allocate(1));
  pool.release(*block);
  EXPECT_FALSE(pool.is_block(*block));
  EXPECT_EQ(pool.allocate(usable_bytes), block);
}

TEST(Pool, JoinsFreeNeighboursInWhateverOrderTheyAreReleased) {
  std::array<std::size_t, 3> order{0, 1, 2};
  do {
    Pool pool(memory(page_bytes), page_bytes);
    std::vector<PoolOffset> blocks;
    for (int i = 0; i < 3; ++i) blocks.push_back(pool.allocate(usable_bytes / 3).value());
    for (const std::size_t index : order) {
      EXPECT_FALSE(pool.allocate(usable_bytes));
      pool.release(blocks[index]);
    }
    EXPECT_TRUE(pool.is_consistent(0));
    EXPECT_TRUE(pool.allocate(usable_bytes));
  } while (std::ranges::next_permutation(order).found);
}

TEST(Pool, TakesTheFirstRunThatHoldsTheBlock) {
  Pool pool(memory(page_bytes), page_bytes);
  const PoolOffset small = pool.allocate(32).value();
  pool.allocate(16).value();
  const PoolOffset large = pool.allocate(64).value();
  pool.allocate(16).value();
  pool.release(small);
  pool.release(large);
  EXPECT_EQ(pool.allocate(48), large);
  EXPECT_EQ(pool.allocate(32), small);
}

TEST(Pool, FillsAHoleOfJustItsSize) {
  Pool pool(memory(page_bytes), page_bytes);
  pool.allocate(16).value();
  const PoolOffset hole = pool.allocate(64).value();
  pool.allocate(usable_bytes - 80).value();
  pool.release(hole);
  EXPECT_FALSE(pool.allocate(65));
  EXPECT_EQ(pool.allocate(64), hole);
  EXPECT_FALSE(pool.allocate(1));
  EXPECT_TRUE(pool.is_consistent(3));
}

TEST(Pool, KnowsABlockByItsStartOnly) {
  Pool pool(memory(page_bytes), page_bytes);
  const PoolOffset block = pool.allocate(64).value();
  EXPECT_TRUE(pool.is_block(block));
  for (const PoolOffset offset :
       {block - 1, block + 1, block + 16, block + 64, page_bytes, page_bytes + 16, 0xffffffffu}) {
    EXPECT_FALSE(pool.is_block(offset)) << offset;
  }
}

TEST(Pool, IsReadByItsProcessWhereNoBlockIsToo) {
  Pool pool(memory(page_bytes), page_bytes);
  const PoolOffset block = pool.allocate(4).value();
  std::ranges::fill(pool.block(block), std::byte{0x5a});
  std::vector<std::byte> bytes(page_bytes, std::byte{0xff});
  pool.read(0, bytes);
  EXPECT_EQ(bytes[block], std::byte{0x5a});
  EXPECT_EQ(bytes[block + 3], std::byte{0x5a});
  EXPECT_EQ(bytes.front(), std::byte{0});
  EXPECT_EQ(bytes.back(), std::byte{0});
}

TEST(Pool, IsInconsistentWithAnotherCountOfBlocks) {
  Pool pool(memory(page_bytes), page_bytes);
  pool.allocate(16).value();
  EXPECT_TRUE(pool.is_consistent(1));
  EXPECT_FALSE(pool.is_consistent(0));
  EXPECT_FALSE(pool.is_consistent(2));
}

TEST(PoolDeathTest, StopsAtTheReleaseOfWhatIsNoBlock) {
  Pool pool(memory(page_bytes), page_bytes);
  const PoolOffset block = pool.allocate(32).value();
  EXPECT_DEATH(pool.release(block + 16), "MSG-8");
  EXPECT_DEATH(pool.block(block + 16), "RCV-14");
  pool.release(block);
  EXPECT_DEATH(pool.release(block), "MSG-8");
}

#ifdef TOUCHSTONE_HAS_ASAN

void read_byte(const std::byte* address) { *static_cast<const volatile std::byte*>(address); }

TEST(PoolDeathTest, AReadPastABlockIsSeen) {
  Pool pool(memory(page_bytes), page_bytes);
  const auto block = pool.block(pool.allocate(20).value());
  pool.allocate(20).value();
  read_byte(block.data() + 19);
  EXPECT_DEATH(read_byte(block.data() + 20), "use-after-poison");
}

TEST(PoolDeathTest, AReadBeforeABlockIsSeen) {
  Pool pool(memory(page_bytes), page_bytes);
  const auto block = pool.block(pool.allocate(20).value());
  EXPECT_DEATH(read_byte(block.data() - 1), "use-after-poison");
}

TEST(PoolDeathTest, AReadOfAReleasedBlockIsSeen) {
  Pool pool(memory(page_bytes), page_bytes);
  const PoolOffset offset = pool.allocate(20).value();
  const std::byte* const byte = pool.block(offset).data();
  pool.release(offset);
  EXPECT_DEATH(read_byte(byte), "use-after-poison");
}

#endif

}  // namespace
}  // namespace touchstone::kernel
