#include "reference/services/capability_list.h"

#include <utility>

#include "reference/services/protocol.h"

namespace touchstone::services {

bool CapabilityList::take(const Parcel& answer) {
  FieldReader fields(model_, answer.data, answer.offsets);
  const auto code = static_cast<Code>(fields.signed_number());
  const bool is_last = fields.truth();
  const std::uint32_t next = fields.number();
  const std::uint32_t count = fields.number();
  if (!fields.is_whole() || code != Code::ok) return false;
  for (std::uint32_t index = 0; index < count && !is_full(); ++index) {  // SMG-62
    std::string name = fields.text();
    if (!fields.is_whole()) return false;
    names_.push_back(std::move(name));
  }
  is_complete_ = is_last;
  next_ = next;
  return true;
}

}  // namespace touchstone::services
