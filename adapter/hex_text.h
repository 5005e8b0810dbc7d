// hex_text.h: bytes as hexadecimal digits, two a byte, lower case, and back.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace touchstone {

std::string hex_text(std::span<const std::byte> bytes);
// Of what hex_text has written.
std::vector<std::byte> bytes_of_hex(std::string_view digits);

}  // namespace touchstone
