// errors.h: what the calls of the user-space library fail with.  CHECK is that of the kernel side.
#pragma once

#include <cstdint>
#include <expected>

#include "reference/kernel/errors.h"

namespace touchstone::dispatch {

// The library's numbers, in words; success is 0.
enum class Error : std::int32_t {
  internal = -6,           // EINTNL
  not_found = -7,          // ENOENT
  bad_descriptor = -9,     // EBADF
  invalid_argument = -10,  // EINVAL
};

template <typename T>
using Result = std::expected<T, Error>;

// EINVAL, the answer to most of what is wrong with a call.
[[nodiscard]] inline std::unexpected<Error> invalid() {
  return std::unexpected(Error::invalid_argument);
}

}  // namespace touchstone::dispatch
