// ioctl_calls.h: ioctls as bytes: who calls, which command word, which argument, and what is
// written to the caller's memory before.  The kernel is booted with a CMS and two other processes;
// everything else is the input's.  It knows no structure: that is what it is there for, as the base
// line that fuzzing by Programs is measured against.
//
//   bytes  field, of each call
//   1      bits 0, 1: which of the tasks that do not sleep; bits 2 to 4: the command word (Word);
//          bits 5 to 7: the argument (Place)
//   2      of a word or an argument that is raw 8, of time 4, of a place in the pool 2: that
//   1      how many bytes are written to the caller's memory, up to 255, and they
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "adapter/backend.h"

namespace touchstone::fuzz {

struct IoctlVerdict {
  std::optional<std::string> broken_invariant{};
  std::string story{};        // the calls and their answers, if an invariant is broken
  bool is_any_taken = false;  // whether a call was not refused
  std::uint64_t digest = 0;   // of the answers
};

// The first invariant that does not hold now, in words; none if all hold.
using BrokenInvariant = std::function<std::optional<std::string>()>;

// On a backend that was just made, which has all capabilities.
IoctlVerdict call_ioctls(Backend& backend, const BrokenInvariant& broken_invariant,
                         std::span<const std::uint8_t> input);

// Bit 0 of an input's first byte.
inline DataModel ioctl_data_model(std::span<const std::uint8_t> input) {
  return !input.empty() && (input[0] & 1) != 0 ? DataModel::lp64 : DataModel::ilp32;
}

}  // namespace touchstone::fuzz
