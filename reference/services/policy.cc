#include "reference/services/policy.h"

#include <algorithm>

namespace touchstone::services {

bool admits(const Policy& policy, UserId user) {
  if (user > policy_user_max) return false;  // SMG-16
  const auto asked = static_cast<std::int32_t>(user);
  switch (policy.type) {
    case PolicyType::range: return policy.users[0] <= asked && asked <= policy.users[1];  // SMG-70
    case PolicyType::fixed:  // SMG-71: a cell of 0 is unused
      return asked != 0 && std::ranges::find(policy.users, asked) != policy.users.end();
    case PolicyType::bundle_name: return policy.users[0] == asked;  // SMG-72
  }
  return false;
}

}  // namespace touchstone::services
