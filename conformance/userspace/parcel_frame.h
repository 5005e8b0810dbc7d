// parcel_frame.h: what an operation showed, as bytes for the pipe from a child, and back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "conformance/userspace/parcel_operation.h"

namespace touchstone::userspace {

struct ParcelFrame {
  std::uint32_t sequence = 0;  // of operations, among those that the child performs
  ParcelShown shown{};
};

std::string encode_frame(const ParcelFrame& frame);
// None where it is no such frame.
std::optional<ParcelFrame> decode_frame(std::string_view bytes);

}  // namespace touchstone::userspace
