#include "adapter/hex_text.h"

#include <gtest/gtest.h>

namespace touchstone {
namespace {

TEST(HexText, HasTwoDigitsForEachByte) {
  EXPECT_EQ(hex_text({}), "");
  EXPECT_EQ(hex_text(std::vector{std::byte{0}, std::byte{0x0a}, std::byte{0xf5}}), "000af5");
}

TEST(HexText, IsReadAsItWasWritten) {
  std::vector<std::byte> all;
  for (int value = 0; value < 256; ++value) all.push_back(static_cast<std::byte>(value));
  EXPECT_EQ(bytes_of_hex(hex_text(all)), all);
  EXPECT_TRUE(bytes_of_hex("").empty());
}

}  // namespace
}  // namespace touchstone
