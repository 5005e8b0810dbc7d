// errors.h: the errors that the contract names, results that carry one, and CHECK for our own bugs.
#pragma once

#undef NDEBUG  // CHECK is on in every build
#include <cassert>
#include <cstdint>
#include <expected>

namespace touchstone::kernel {

// The target's numbers, in words, since EINVAL and its like are macros.
enum class Errno : std::int32_t {
  not_found = 2,          // ENOENT
  bad_descriptor = 9,     // EBADF
  try_again = 11,         // EAGAIN
  out_of_memory = 12,     // ENOMEM
  access_denied = 13,     // EACCES
  bad_address = 14,       // EFAULT
  exists = 17,            // EEXIST
  invalid_argument = 22,  // EINVAL
  timed_out = 62,         // ETIME
};

// A call that the contract says fails: what it returns, and by which clause.
struct Refusal {
  std::int64_t returned;  // minus an errno
  const char* clause;
};

template <typename T>
using Result = std::expected<T, Refusal>;

[[nodiscard]] inline std::unexpected<Refusal> refuse(Errno error, const char* clause) {
  return std::unexpected(Refusal{-static_cast<std::int64_t>(error), clause});
}

// EINVAL, the answer to most of what is wrong with a call.
[[nodiscard]] inline std::unexpected<Refusal> invalid(const char* clause) {
  return refuse(Errno::invalid_argument, clause);
}

// This program is wrong: prints condition and clause, and aborts.
#define CHECK(condition, clause) assert((condition) && (clause))

}  // namespace touchstone::kernel
