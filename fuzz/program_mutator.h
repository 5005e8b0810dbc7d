// program_mutator.h: changes Programs as Programs and not as bytes: what comes out is again steps
// that follow from each other.  Runs the reference to know what there is to name; knows no fuzzer:
// the engines' hooks are program_hooks.cc and afl_mutator.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace touchstone::fuzz {

// One to four changes: steps made that use what earlier ones left, taken out, doubled, exchanged;
// a field broken; a message named again that was given back; the end of a task that another waits
// for, or of its time; other bytes.  From nothing, a Program of the generator.  The same input and
// seed give the same; never more than `bytes_max`, which is at least 2.
std::vector<std::byte> mutate_program(std::span<const std::byte> input, std::size_t bytes_max,
                                      std::uint64_t seed);

// The beginning of one Program and the end of another, whose tasks take the parts of its own.
std::vector<std::byte> cross_programs(std::span<const std::byte> first,
                                      std::span<const std::byte> second, std::size_t bytes_max,
                                      std::uint64_t seed);

}  // namespace touchstone::fuzz
