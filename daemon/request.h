// request.h: the bodies of requests as a client sent them, checked before anything is done with
// them: sizes, counts and limits of protocol.h.  Knows no client and no kernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "daemon/protocol.h"

namespace touchstone::daemon {

// Memory of a client, as it was when the call was made.
struct Segment {
  std::uint64_t address = 0;
  std::span<const std::byte> bytes;
  bool is_buffer = false;  // of an object of the message
};

struct IoctlRequest {
  std::uint64_t command = 0;
  std::uint64_t argument = 0;
  bool argument_is_writable = false;
  std::vector<Segment> segments;
  std::vector<std::uint32_t> numbers;  // of the descriptors that came along, in the client
};

// What is wrong with a packet or body, in words; none if nothing is.  Each fills in its result only
// if nothing is wrong; what it holds points into the body.
using Fault = std::optional<std::string>;

// `packet` is the whole packet; `received` counts the bytes of the body that came before.
Fault decode_packet(std::span<const std::byte> packet, std::size_t received,
                    std::size_t descriptors, liteipcd_packet& header);
Fault decode_hello(std::span<const std::byte> body, liteipcd_hello& hello);
Fault decode_mmap(std::span<const std::byte> body, liteipcd_mmap& request);
Fault decode_ioctl(std::span<const std::byte> body, std::size_t descriptors, IoctlRequest& request);
Fault decode_placed(std::span<const std::byte> body, std::vector<std::uint32_t>& numbers);

}  // namespace touchstone::daemon
