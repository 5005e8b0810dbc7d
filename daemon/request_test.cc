// Bodies of requests, right ones and each way of being wrong.
#include "daemon/request.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace touchstone::daemon {
namespace {

using Bytes = std::vector<std::byte>;

template <typename Structure>
void add(Bytes& bytes, const Structure& structure) {
  const auto more = std::as_bytes(std::span(&structure, 1));
  bytes.insert(bytes.end(), more.begin(), more.end());
}

Bytes ioctl_body(std::vector<std::uint32_t> sizes, std::vector<std::uint32_t> numbers = {}) {
  Bytes body;
  add(body, liteipcd_ioctl{7, 8, 1, static_cast<std::uint32_t>(sizes.size()),
                           static_cast<std::uint32_t>(numbers.size()), 0});
  std::uint64_t address = 0x1000;
  for (const std::uint32_t size : sizes) add(body, liteipcd_segment{address += 0x1000, size, 0});
  for (const std::uint32_t number : numbers) add(body, number);
  for (const std::uint32_t size : sizes) body.insert(body.end(), size, std::byte{0x5a});
  return body;
}

TEST(DecodeIoctl, GivesTheSegmentsAndNumbers) {
  const Bytes body = ioctl_body({3, 0, 5}, {9, 4});
  IoctlRequest request;
  ASSERT_EQ(decode_ioctl(body, 2, request), std::nullopt);
  EXPECT_EQ(request.command, 7u);
  EXPECT_EQ(request.argument, 8u);
  EXPECT_TRUE(request.argument_is_writable);
  ASSERT_EQ(request.segments.size(), 3u);
  EXPECT_EQ(request.segments[2].address, 0x4000u);
  EXPECT_EQ(request.segments[2].bytes.data(), body.data() + body.size() - 5);
  EXPECT_EQ(request.numbers, (std::vector<std::uint32_t>{9, 4}));
}

TEST(DecodeIoctl, RefusesEveryShorterBody) {
  const Bytes body = ioctl_body({3, 5}, {9});
  IoctlRequest request;
  for (std::size_t size = 0; size < body.size(); ++size) {
    EXPECT_NE(decode_ioctl(std::span(body).first(size), 1, request), std::nullopt) << size;
  }
  Bytes longer = body;
  longer.push_back({});
  EXPECT_EQ(decode_ioctl(longer, 1, request), "1 bytes of no segment");
}

TEST(DecodeIoctl, RefusesCountsThatAreNotTrue) {
  IoctlRequest request;
  EXPECT_EQ(decode_ioctl(ioctl_body({}, {1, 2}), 1, request), "an ioctl of 2 descriptors with 1");
  EXPECT_EQ(decode_ioctl(ioctl_body(std::vector<std::uint32_t>(513)), 0, request),
            "513 segments, expected at most 512");
  Bytes wraps = ioctl_body({4});
  const std::uint64_t last = ~0ull - 2;
  std::memcpy(wraps.data() + sizeof(liteipcd_ioctl), &last, sizeof last);
  EXPECT_EQ(decode_ioctl(wraps, 0, request), "segment 0 goes round the end of memory");
}

TEST(DecodePacket, TakesTheNextPartOfABody) {
  Bytes packet;
  add(packet, liteipcd_packet{LITEIPCD_IOCTL, 100, 60, 2});
  packet.resize(packet.size() + 40);
  liteipcd_packet header{};
  ASSERT_EQ(decode_packet(packet, 60, 2, header), std::nullopt);
  EXPECT_EQ(header.operation, LITEIPCD_IOCTL);
}

TEST(DecodePacket, RefusesWhatIsNoPart) {
  const auto fault = [](liteipcd_packet head, std::size_t bytes, std::size_t received) {
    Bytes packet;
    add(packet, head);
    packet.resize(packet.size() + bytes);
    liteipcd_packet header{};
    return decode_packet(packet, received, 0, header).value_or("none");
  };
  EXPECT_EQ(fault({4, 327681, 0, 0}, 1, 0), "a body of 327681 bytes, expected at most 327680");
  EXPECT_EQ(fault({4, 100, 10, 0}, 10, 0), "bytes of a body from 10 on, expected from 0");
  EXPECT_EQ(fault({4, 100, 50, 0}, 51, 50), "1 bytes more than its body has");
  EXPECT_EQ(fault({4, 100, 0, 0}, 0, 0), "a packet that brings no bytes");
  EXPECT_EQ(fault({4, 10, 0, 1}, 10, 0), "0 descriptors with a packet, expected 1");
  EXPECT_EQ(fault({4, 10, 50, 0}, 10, 50), "50 bytes more than its body has");
  liteipcd_packet header{};
  EXPECT_EQ(decode_packet(Bytes(15), 0, 0, header), "a packet of 15 bytes, expected at least 16");
}

TEST(DecodePlaced, GivesTheNumbers) {
  Bytes body;
  for (const std::uint32_t word : {2u, 5u, 6u}) add(body, word);
  std::vector<std::uint32_t> numbers;
  ASSERT_EQ(decode_placed(body, numbers), std::nullopt);
  EXPECT_EQ(numbers, (std::vector<std::uint32_t>{5, 6}));
  body.pop_back();
  EXPECT_NE(decode_placed(body, numbers), std::nullopt);
  EXPECT_NE(decode_placed(Bytes(3), numbers), std::nullopt);
}

}  // namespace
}  // namespace touchstone::daemon
