// SYSCAP: which capabilities the system has.  Spec 14, "SYSCAP".
#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "reference/services/service_manager.h"

namespace touchstone::services {
namespace {

constexpr std::size_t list_head_bytes = 16;  // ret, last, next, count

// A string as it lies in a parcel: its length, its bytes with a NUL, whole words (PCL-24).
std::size_t bytes_of(const std::string& text) { return 4 + (text.size() + 1 + 3) / 4 * 4; }

}  // namespace

Parcel ServiceManager::syscap(const Caller& caller, FieldReader& fields) {
  if (caller.user >= syscap_user_limit) return answer_of(Code::permission);  // SMG-53
  const auto option = static_cast<Option>(fields.number());
  if (!fields.is_whole()) return answer_of(Code::invalid);  // SMG-9
  switch (option) {
    case Option::put: return put_capability(fields);
    case Option::get: return get_capability(fields);
    case Option::all: return list_capabilities(fields);
    default: return answer_of(Code::invalid);  // SMG-54
  }
}

bool ServiceManager::is_declared(const std::string& capability) const {
  return bindings_ && std::ranges::find(bindings_->capabilities(), capability) !=
                          bindings_->capabilities().end();
}

Parcel ServiceManager::put_capability(FieldReader& fields) {
  const std::string name = fields.text();
  // SMG-55: the bool is there and not looked at.
  fields.truth();
  if (!fields.is_whole()) return answer_of(Code::invalid);  // SMG-9
  if (name.size() > capability_bytes_max) {
    return answer_of(Code::invalid);  // SMG-57
  }
  if (!is_declared(name)) return answer_of(Code::failure);  // SMG-56
  capabilities_.insert(name);
  return answer_of(Code::ok);
}

Parcel ServiceManager::get_capability(FieldReader& fields) const {
  const std::string name = fields.text();
  if (!fields.is_whole()) return answer_of(Code::invalid);  // SMG-9
  FieldWriter answer(model_);
  answer.signed_number(static_cast<std::int32_t>(Code::ok));
  return answer.truth(capabilities_.contains(name)).finish();  // SMG-58
}

Parcel ServiceManager::list_capabilities(FieldReader& fields) const {
  const std::uint32_t start = fields.number();
  if (!fields.is_whole()) return answer_of(Code::invalid);  // SMG-9
  const std::vector<std::string> none;
  const std::vector<std::string>& declared = bindings_ ? bindings_->capabilities() : none;
  FieldWriter answer(model_);
  std::size_t room = answer.bytes_left() - list_head_bytes;
  std::size_t place = std::min<std::size_t>(start, declared.size());  // SMG-60
  std::vector<std::string> names;
  for (; place < declared.size(); ++place) {
    const std::string& name = declared[place];
    if (!capabilities_.contains(name)) continue;
    if (names.size() == capabilities_in_answer_max || bytes_of(name) > room) break;  // SMG-61
    room -= bytes_of(name);
    names.push_back(name);
  }
  answer.signed_number(static_cast<std::int32_t>(Code::ok));  // SMG-59
  answer.truth(place == declared.size()).number(static_cast<std::uint32_t>(place));
  answer.number(static_cast<std::uint32_t>(names.size()));
  for (const std::string& name : names) answer.text(name);
  return answer.finish();
}

}  // namespace touchstone::services
