#include "daemon/request.h"

#include <fmt/format.h>

#include <cstring>

namespace touchstone::daemon {
namespace {

template <typename Structure>
Structure load(std::span<const std::byte> bytes) {
  Structure structure;
  std::memcpy(&structure, bytes.data(), sizeof structure);
  return structure;
}

// Takes structures off the front of a body.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> body) : rest_(body) {}

  std::size_t left() const { return rest_.size(); }
  bool has(std::size_t bytes) const { return rest_.size() >= bytes; }
  template <typename Structure>
  Structure take() {
    const auto structure = load<Structure>(rest_);
    rest_ = rest_.subspan(sizeof(Structure));
    return structure;
  }
  std::span<const std::byte> take(std::size_t bytes) {
    const auto taken = rest_.first(bytes);
    rest_ = rest_.subspan(bytes);
    return taken;
  }

 private:
  std::span<const std::byte> rest_;
};

Fault other_size(const char* what, std::size_t expected, std::size_t found) {
  return fmt::format("{} of {} bytes, expected {}", what, found, expected);
}

template <typename Structure>
Fault decode_whole(const char* what, std::span<const std::byte> body, Structure& into) {
  if (body.size() != sizeof into) return other_size(what, sizeof into, body.size());
  into = load<Structure>(body);
  return std::nullopt;
}

}  // namespace

Fault decode_packet(std::span<const std::byte> packet, std::size_t received,
                    std::size_t descriptors, liteipcd_packet& into) {
  if (packet.size() < sizeof into) {
    return fmt::format("a packet of {} bytes, expected at least {}", packet.size(), sizeof into);
  }
  const auto header = load<liteipcd_packet>(packet);
  const std::size_t bytes = packet.size() - sizeof header;
  if (header.body_bytes > LITEIPCD_REQUEST_BYTES_MAX) {
    return fmt::format("a body of {} bytes, expected at most {}", header.body_bytes,
                       LITEIPCD_REQUEST_BYTES_MAX);
  }
  if (header.body_offset != received) {
    return fmt::format("bytes of a body from {} on, expected from {}", header.body_offset,
                       received);
  }
  if (received + bytes > header.body_bytes) {
    return fmt::format("{} bytes more than its body has", bytes + received - header.body_bytes);
  }
  if (bytes == 0 && header.body_bytes > 0) return "a packet that brings no bytes";
  if (header.descriptor_count != descriptors) {
    return fmt::format("{} descriptors with a packet, expected {}", descriptors,
                       header.descriptor_count);
  }
  into = header;
  return std::nullopt;
}

Fault decode_hello(std::span<const std::byte> body, liteipcd_hello& hello) {
  return decode_whole("a hello", body, hello);
}

Fault decode_mmap(std::span<const std::byte> body, liteipcd_mmap& request) {
  return decode_whole("an mmap", body, request);
}

Fault decode_ioctl(std::span<const std::byte> body, std::size_t descriptors,
                   IoctlRequest& request) {
  Reader reader(body);
  if (!reader.has(sizeof(liteipcd_ioctl))) {
    return other_size("an ioctl", sizeof(liteipcd_ioctl), body.size());
  }
  const auto head = reader.take<liteipcd_ioctl>();
  if (head.segment_count > LITEIPCD_SEGMENTS_MAX) {
    return fmt::format("{} segments, expected at most {}", head.segment_count,
                       LITEIPCD_SEGMENTS_MAX);
  }
  if (head.descriptor_count > LITEIPCD_DESCRIPTORS_MAX || head.descriptor_count != descriptors) {
    return fmt::format("an ioctl of {} descriptors with {}", head.descriptor_count, descriptors);
  }
  const std::size_t table_bytes =
      head.segment_count * sizeof(liteipcd_segment) + head.descriptor_count * sizeof(std::uint32_t);
  if (!reader.has(table_bytes)) return other_size("an ioctl's tables", table_bytes, reader.left());
  Reader table(reader.take(table_bytes));
  request.command = head.command;
  request.argument = head.argument;
  request.argument_is_writable = head.argument_is_writable != 0;
  request.segments.clear();
  request.numbers.clear();
  for (std::uint32_t i = 0; i < head.segment_count; ++i) {
    const auto segment = table.take<liteipcd_segment>();
    if (!reader.has(segment.bytes)) {
      return fmt::format("segment {} of {} bytes, where {} are left", i, segment.bytes,
                         reader.left());
    }
    if (segment.address + segment.bytes < segment.address) {
      return fmt::format("segment {} goes round the end of memory", i);
    }
    request.segments.push_back(
        {segment.address, reader.take(segment.bytes), segment.is_buffer != 0});
  }
  if (reader.left() > 0) return fmt::format("{} bytes of no segment", reader.left());
  for (std::uint32_t i = 0; i < head.descriptor_count; ++i) {
    request.numbers.push_back(table.take<std::uint32_t>());
  }
  return std::nullopt;
}

Fault decode_placed(std::span<const std::byte> body, std::vector<std::uint32_t>& numbers) {
  Reader reader(body);
  if (!reader.has(sizeof(liteipcd_placed))) {
    return other_size("numbers of descriptors", sizeof(liteipcd_placed), body.size());
  }
  const auto head = reader.take<liteipcd_placed>();
  const std::size_t bytes = std::size_t{head.descriptor_count} * sizeof(std::uint32_t);
  if (head.descriptor_count > LITEIPCD_DESCRIPTORS_MAX || reader.left() != bytes) {
    return other_size("numbers of descriptors", bytes, reader.left());
  }
  numbers.clear();
  while (reader.left() > 0) numbers.push_back(reader.take<std::uint32_t>());
  return std::nullopt;
}

}  // namespace touchstone::daemon
