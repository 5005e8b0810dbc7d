// hex_for_test.h: bytes as hexadecimal digits and back, for the tests of parcels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace touchstone::parcel {

inline std::string hex(std::span<const std::byte> bytes) {
  std::string text;
  for (const std::byte byte : bytes) {
    for (const unsigned digit :
         {std::to_integer<unsigned>(byte) >> 4, std::to_integer<unsigned>(byte) & 15}) {
      text += "0123456789abcdef"[digit];
    }
  }
  return text;
}

// Digits with blanks anywhere between bytes.
inline std::vector<std::byte> bytes(std::string_view digits) {
  std::vector<std::byte> result;
  for (std::size_t i = 0; i + 1 < digits.size();) {
    if (digits[i] == ' ') {
      ++i;
      continue;
    }
    const std::string byte(digits.substr(i, 2));
    result.push_back(static_cast<std::byte>(std::stoul(byte, nullptr, 16)));
    i += 2;
  }
  return result;
}

}  // namespace touchstone::parcel
