// interface_description.h: what the requests of one service look like, read from a text: the format
// of spec/interface-description.md.  Makes no payload (payloads.h does) and knows no service.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapter/case_text.h"

namespace touchstone::userspace {

enum class FieldType : std::uint8_t {
  boolean,
  int8,
  int16,
  int32,
  int64,
  uint8,
  uint16,
  uint32,
  uint64,
  string,
  bytes,
  descriptor,
  service,
  repeat,  // a group of fields
};

struct Bounds {
  std::int64_t least = 0;
  std::int64_t greatest = 0;
  friend bool operator==(const Bounds&, const Bounds&) = default;
};

// A field is there if another one before it has, or has not, the value.
struct Condition {
  std::string field;
  std::int64_t value = 1;
  bool is_negated = false;
};

struct Field {
  FieldType type = FieldType::boolean;
  std::string name;  // of a group: empty
  std::optional<std::int64_t> constant{};
  std::optional<Bounds> bounds{};
  std::optional<Condition> condition{};
  std::optional<std::int32_t> refusal{};       // `else`
  std::optional<std::int32_t> over_refusal{};  // `over`

  // Of a group: a count, or the field that has it; and what is repeated.
  std::uint32_t count = 0;
  std::string count_field{};
  std::vector<Field> fields{};
};

struct InterfaceRequest {
  std::string name;
  std::uint32_t code = 0;
  std::int32_t refusal = -1;
  bool is_one_way = false;
  std::vector<Field> fields;
  std::vector<Field> reply;
};

struct InterfaceDescription {
  std::string name;
  std::uint32_t handle = 0;
  std::uint32_t token = 0;
  bool extra_is_ignored = false;
  std::vector<InterfaceRequest> requests;

  const InterfaceRequest* find(std::string_view request) const;
};

// Reads one whole description: nothing is guessed.
std::expected<InterfaceDescription, ParseError> parse_interface(std::string_view text);

bool is_signed_number(FieldType type);
bool is_number(FieldType type);  // integers, signed and unsigned; no bool
// What values a number can have, as far as 63 bits go.
Bounds bounds_of_type(FieldType type);
// What values, or how many bytes of a string, this field has.
Bounds bounds_of(const Field& field);

}  // namespace touchstone::userspace
