// minimize_weight.h: how long and how far from plain a Program is.  The minimiser only ever goes to
// a lighter one, so it comes to an end.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

#include "adapter/program.h"

namespace touchstone {

// Compared from the top.
struct Weight {
  std::size_t steps = 0;
  std::size_t parts = 0;      // what a step is made of, where it is not the plainest
  std::uint64_t numbers = 0;  // the sum of those that are not the plainest, and of bytes
  friend auto operator<=>(const Weight&, const Weight&) = default;
};

// What a number is where nothing hangs on it.
inline constexpr std::uint64_t plain_pool_bytes = 65536;
inline constexpr std::uint64_t plain_cms_bytes = 4096;

// Of a Program in plain names: one that has an early task in place of a late one is lighter.
Weight weight_of(const Program& program);
Weight weight_of(const Operation& operation);

}  // namespace touchstone
