// AFL++'s custom mutator library, for the targets whose inputs are Programs:
//   AFL_CUSTOM_MUTATOR_LIBRARY=.../touchstone-afl-mutator.so afl-fuzz ...
#include <cstdint>
#include <vector>

#include "conformance/generator/plan_draw.h"
#include "fuzz/program_mutator.h"
#include "fuzz/target.h"

namespace {

struct Mutator {
  touchstone::Draw draw;
  std::vector<std::byte> out;  // until the next call
};

}  // namespace

// The objects in this library may count edges, as the targets do; afl-fuzz has nobody to count for.
extern "C" void __sanitizer_cov_trace_pc_guard(std::uint32_t*) {}
extern "C" void __sanitizer_cov_trace_pc_guard_init(std::uint32_t*, std::uint32_t*) {}

extern "C" void* afl_custom_init(void*, unsigned seed) {
  return new Mutator{touchstone::Draw(seed), {}};
}

extern "C" std::size_t afl_custom_fuzz(void* data, std::uint8_t* bytes, std::size_t count,
                                       std::uint8_t** out, std::uint8_t* other,
                                       std::size_t other_count, std::size_t count_max) {
  auto& mutator = *static_cast<Mutator*>(data);
  const auto input = touchstone::fuzz::as_bytes(bytes, count);
  const std::uint64_t seed = mutator.draw.below(0xffffffff);
  constexpr std::uint32_t crossed_one_in = 4;
  if (other != nullptr && mutator.draw.one_in(crossed_one_in)) {
    mutator.out = touchstone::fuzz::cross_programs(
        input, touchstone::fuzz::as_bytes(other, other_count), count_max, seed);
  } else {
    mutator.out = touchstone::fuzz::mutate_program(input, count_max, seed);
  }
  *out = reinterpret_cast<std::uint8_t*>(mutator.out.data());
  return mutator.out.size();
}

extern "C" void afl_custom_deinit(void* data) { delete static_cast<Mutator*>(data); }
