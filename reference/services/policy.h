// policy.h: whom a service admits, as a PUT's answer says it and an endpoint judges it.  Spec 14.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "reference/services/protocol.h"

namespace touchstone::services {

enum class PolicyType : std::int32_t { range = 1, fixed = 2, bundle_name = 3 };

inline constexpr std::size_t policies_max = 8;  // SMG-23, SMG-73
inline constexpr std::size_t fixed_cells = 8;
inline constexpr UserId policy_user_max = 0x7fffffff;  // SMG-16: policies hold int32

struct Policy {
  PolicyType type = PolicyType::range;
  // RANGE: least and greatest; FIXED: eight cells, 0 where unused; BUNDLENAME: one user id.
  std::array<std::int32_t, fixed_cells> users{};
  friend bool operator==(const Policy&, const Policy&) = default;
};

// How many of `users` are in the message; none for a number that is no type.
constexpr std::optional<std::size_t> user_count_of(PolicyType type) {
  switch (type) {
    case PolicyType::range: return 2;
    case PolicyType::fixed: return fixed_cells;
    case PolicyType::bundle_name: return 1;
  }
  return std::nullopt;
}

bool admits(const Policy& policy, UserId user);

}  // namespace touchstone::services
