// input_bytes.h: an input, read from its front.  Total: behind the end stand zeroes, so that any
// bytes mean something.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

// Of functions of the harness that run for every few bytes: the edges that a fuzzer collects are
// those of what is tested, and watching these would cost more than what they do.
#if defined(__clang__)
#define TOUCHSTONE_UNWATCHED __attribute__((no_sanitize("coverage", "address", "undefined")))
#else
#define TOUCHSTONE_UNWATCHED
#endif

namespace touchstone::fuzz {

class InputBytes {
 public:
  TOUCHSTONE_UNWATCHED explicit InputBytes(std::span<const std::uint8_t> bytes)
      : next_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  TOUCHSTONE_UNWATCHED bool is_empty() const { return next_ == end_; }
  TOUCHSTONE_UNWATCHED std::size_t left() const { return static_cast<std::size_t>(end_ - next_); }

  TOUCHSTONE_UNWATCHED std::uint8_t byte() { return next_ == end_ ? std::uint8_t{0} : *next_++; }

  // Of `bytes` bytes, at most 8, little-endian.
  TOUCHSTONE_UNWATCHED std::uint64_t number(std::size_t bytes) {
    std::uint64_t value = 0;
    for (std::size_t index = 0; index < bytes; ++index) value |= std::uint64_t{byte()} << 8 * index;
    return value;
  }

  // Fewer where so many are not left.
  TOUCHSTONE_UNWATCHED std::span<const std::uint8_t> take(std::size_t bytes) {
    const std::uint8_t* const first = next_;
    next_ += bytes < left() ? bytes : left();
    return {first, next_};
  }
  TOUCHSTONE_UNWATCHED std::span<const std::uint8_t> rest() { return take(left()); }

 private:
  const std::uint8_t* next_;
  const std::uint8_t* end_;
};

// Small numbers as they are; the greatest 1/16 of what `bytes` bytes hold are the numbers just
// below `greatest` instead.
TOUCHSTONE_UNWATCHED constexpr std::uint64_t stretched(std::uint64_t number, std::size_t bytes,
                                                       std::uint64_t greatest) {
  const std::uint64_t end = std::uint64_t{1} << 8 * bytes;
  return number < end - end / 16 ? number : greatest - (end - 1 - number);
}

}  // namespace touchstone::fuzz
