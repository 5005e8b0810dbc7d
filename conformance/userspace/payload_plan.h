// payload_plan.h: the fields of one payload with their values and places, before and after they are
// bytes.  For payloads.cc; breaks nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "conformance/userspace/interface_description.h"
#include "conformance/userspace/payloads.h"

namespace touchstone::userspace {

// One field that is there.
struct PlannedField {
  const Field* field = nullptr;
  std::int64_t number = 0;           // of a number, a bool, a descriptor, the handle of a service
  std::string text{};                // of a string or bytes
  bool counts_what_is_last = false;  // nothing stands behind the elements that it counts

  // Where it lies, once encoded.
  std::size_t offset = 0;
  std::size_t bytes = 0;

  bool is_text() const {
    return field->type == FieldType::string || field->type == FieldType::bytes;
  }
  bool is_object() const {
    return field->type == FieldType::descriptor || field->type == FieldType::service;
  }
};

using Plan = std::vector<PlannedField>;

// Values within their bounds; fields whose condition does not hold are left out.
Plan plan_of(const std::vector<Field>& fields, Choices& choices, const Dictionary& dictionary);

// The parcel; fills in the places.
ServicesParcel encode(Plan& plan, DataModel model);

// Whether a field is there, by the values of those before it: the last of each name counts.
bool is_there(const Field& field, const Plan& before);
// How often a group is repeated.
std::uint64_t count_of(const Field& group, const Plan& before);

}  // namespace touchstone::userspace
