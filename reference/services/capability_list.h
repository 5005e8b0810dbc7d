// capability_list.h: a client's side of SYSCAP ALL: what is kept of the answers.  Sends nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "reference/services/fields.h"

namespace touchstone::services {

// The names that several answers to SYSCAP ALL give together: never more than there is room for,
// whatever the answers say (SMG-62).
class CapabilityList {
 public:
  CapabilityList(DataModel model, std::size_t capacity) : model_(model), capacity_(capacity) {}

  // False if the answer cannot be read or refuses; what could be read of it before is kept.
  bool take(const Parcel& answer);
  const std::vector<std::string>& names() const { return names_; }
  bool is_full() const { return names_.size() == capacity_; }
  // The manager has said that there are no more.
  bool is_complete() const { return is_complete_; }
  std::uint32_t next() const { return next_; }

 private:
  DataModel model_;
  std::size_t capacity_;
  std::vector<std::string> names_;
  bool is_complete_ = false;
  std::uint32_t next_ = 0;
};

}  // namespace touchstone::services
