#include "reference/services/endpoint.h"

#include <algorithm>

namespace touchstone::services {
namespace {

std::optional<Policy> read_policy(FieldReader& fields) {
  Policy policy{static_cast<PolicyType>(fields.signed_number())};
  const std::optional<std::size_t> count = user_count_of(policy.type);
  if (!count) return std::nullopt;
  for (std::size_t index = 0; index < *count; ++index) {
    policy.users.at(index) = fields.signed_number();
  }
  return fields.is_whole() ? std::optional(policy) : std::nullopt;
}

// SMG-73: one with more policies than an endpoint holds cannot be read either.
std::optional<std::vector<Policy>> read_answer(DataModel model, const Parcel& answer) {
  FieldReader fields(model, answer.data, answer.offsets);
  const auto code = static_cast<Code>(fields.signed_number());
  if (!fields.is_whole() || code != Code::ok) return std::nullopt;
  fields.service();
  const std::uint32_t count = fields.number();
  if (!fields.is_whole() || count > policies_max) return std::nullopt;
  std::vector<Policy> policies;
  for (std::uint32_t index = 0; index < count; ++index) {
    const std::optional<Policy> policy = read_policy(fields);
    if (!policy) return std::nullopt;
    policies.push_back(*policy);
  }
  return policies;
}

}  // namespace

bool FlowControl::has_room(std::uint64_t now_ns) {
  const std::uint64_t passed = now_ns > last_ns_ ? now_ns - last_ns_ : 0;
  saved_ns_ = std::min(saved_ns_ + std::min(passed, saved_ns_max), saved_ns_max);
  last_ns_ = std::max(last_ns_, now_ns);
  return saved_ns_ >= request_ns;
}

void Endpoint::add_service(Token token, bool is_exempt) {
  services_.insert_or_assign(token, Service{is_exempt, {}});  // SMG-69
}

bool Endpoint::learn(Token token, const Parcel& answer) {
  const auto service = services_.find(token);
  if (service == services_.end()) return false;
  const std::optional<std::vector<Policy>> policies = read_answer(model_, answer);
  if (!policies) return false;  // SMG-74
  service->second.policies = *policies;
  return true;
}

bool Endpoint::takes(const Call& call) {
  const auto service = services_.find(call.token);
  if (service == services_.end()) return false;    // SMG-67
  if (!flow_.has_room(call.now_ns)) return false;  // SMG-75
  flow_.take();
  const bool is_admitted = std::ranges::any_of(
      service->second.policies, [&](const Policy& policy) { return admits(policy, call.user); });
  return service->second.is_exempt || is_admitted;  // SMG-68
}

}  // namespace touchstone::services
