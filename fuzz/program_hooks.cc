// libFuzzer's hooks and AddressSanitizer's, for the targets whose inputs are Programs.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "fuzz/program_mutator.h"
#include "fuzz/target.h"

namespace {

std::size_t give(const std::vector<std::byte>& bytes, std::uint8_t* to) {
  std::ranges::transform(bytes, to,
                         [](std::byte byte) { return std::to_integer<std::uint8_t>(byte); });
  return bytes.size();
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* bytes, std::size_t count,
                                               std::size_t count_max, unsigned seed) {
  return give(
      touchstone::fuzz::mutate_program(touchstone::fuzz::as_bytes(bytes, count), count_max, seed),
      bytes);
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* first, std::size_t first_count,
                                                 const std::uint8_t* second,
                                                 std::size_t second_count, std::uint8_t* to,
                                                 std::size_t count_max, unsigned seed) {
  return give(touchstone::fuzz::cross_programs(touchstone::fuzz::as_bytes(first, first_count),
                                               touchstone::fuzz::as_bytes(second, second_count),
                                               count_max, seed),
              to);
}

// Each input has pools of its own: that much freed memory soon goes round the machine's caches, and
// what is used after its end is used in the same input.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() { return "quarantine_size_mb=8"; }
