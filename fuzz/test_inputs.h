// test_inputs.h: inputs made by chance from a number, for the tests of this room.  The same number
// gives the same input.
#pragma once

#include <cstdint>
#include <vector>

namespace touchstone::fuzz {

inline std::vector<std::uint8_t> some_input(std::uint64_t number, std::size_t bytes_max) {
  std::uint64_t state = number;
  const auto next = [&state] {
    std::uint64_t mixed = state += 0x9e3779b97f4a7c15;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
  };
  std::vector<std::uint8_t> bytes(next() % (bytes_max + 1));
  // Small numbers mean more than large ones.
  for (std::uint8_t& byte : bytes) {
    byte = static_cast<std::uint8_t>(next() % 2 == 0 ? next() % 8 : next());
  }
  return bytes;
}

}  // namespace touchstone::fuzz
