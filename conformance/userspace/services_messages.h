// services_messages.h: the service manager's messages as the words of a script: requests from names
// and numbers, answers to keys and values.  Sends nothing and judges nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "conformance/userspace/services_port.h"
#include "reference/services/policy.h"

namespace touchstone::userspace {

using ShownValues = std::vector<std::pair<std::string, std::string>>;

enum class ServicesAnswer : std::uint8_t { code_alone, handle, put, get, flag, list };

// A feature that is there may be empty, which is not the same as none.
ServicesParcel feature_request(DataModel model, std::uint32_t option, const std::string& service,
                               const std::optional<std::string>& feature,
                               std::optional<std::uint32_t> token);
ServicesParcel syscap_request(DataModel model, std::uint32_t option, const std::string& name,
                              std::optional<bool> is_registered);
ServicesParcel number_request(DataModel model, std::span<const std::uint32_t> numbers);

// The answer to a PUT, for an endpoint to learn from.
ServicesParcel put_answer(DataModel model, std::span<const services::Policy> policies);
// "range:100-200", "fixed:2/3/8", "bundle:10001", or "type:7" of no known type.
std::optional<services::Policy> policy_of(std::string_view text);

// What can be read of an answer, field by field: what is cut off is not shown.  `data` shows zeroes
// where nothing is specified (PCL-26).
ShownValues shown_answer(DataModel model, ServicesAnswer kind, const ServicesParcel& answer);

// One part of a list of capabilities; none if it cannot be read or refuses.
struct CapabilityPart {
  bool is_last = false;
  std::uint32_t next = 0;
  std::vector<std::string> names;
};
std::optional<CapabilityPart> capability_part(DataModel model, const ServicesParcel& answer);

}  // namespace touchstone::userspace
