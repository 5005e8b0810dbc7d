#include "reference/services/bindings.h"

#include <algorithm>

namespace touchstone::services {
namespace {

// SMG-43: a single user id goes into a FIXED.  Its cells cannot hold 0 (SMG-71).
bool is_single(const Client& client) {
  return !client.is_named && client.first == client.last && client.first != 0;
}

Policy policy_of(const Client& client) {
  const auto first = static_cast<std::int32_t>(client.first);
  const auto last = static_cast<std::int32_t>(client.last);
  if (client.is_named) return {PolicyType::bundle_name, {first}};
  if (is_single(client)) return {PolicyType::fixed, {first}};
  return {PolicyType::range, {first, last}};
}

// The first unused cell of the last FIXED; null if it is full or there is none.
std::int32_t* free_cell(std::vector<Policy>& policies) {
  const auto fixed =
      std::ranges::find(policies.rbegin(), policies.rend(), PolicyType::fixed, &Policy::type);
  if (fixed == policies.rend()) return nullptr;
  const auto cell = std::ranges::find(fixed->users, 0);
  return cell == fixed->users.end() ? nullptr : &*cell;
}

}  // namespace

bool Bindings::may_register(UserId user, const ServiceName& name) const {
  return std::ranges::any_of(registering_, [&](const RegisterBinding& binding) {
    return binding.client.has(user) && binding.name == name;  // SMG-17
  });
}

const ServiceName* Bindings::provider_for(UserId user, const ServiceName& name) const {
  const auto decides = [&](const ReachBinding& binding) {
    return binding.client.has(user) && binding.name == name;  // SMG-18
  };
  const auto binding = std::ranges::find_if(reaching_, decides);  // SMG-20
  return binding == reaching_.end() ? nullptr : &binding->provider;
}

std::vector<Policy> Bindings::policies_of(const ServiceName& provider) const {
  std::vector<Policy> policies;
  for (const ReachBinding& binding : reaching_) {
    if (binding.provider != provider) continue;
    std::int32_t* const cell = is_single(binding.client) ? free_cell(policies) : nullptr;
    if (cell != nullptr) {
      *cell = static_cast<std::int32_t>(binding.client.first);
    } else {
      policies.push_back(policy_of(binding.client));
    }
  }
  return policies;
}

}  // namespace touchstone::services
