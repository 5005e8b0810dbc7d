#include "conformance/userspace/parcel_operation.h"

#include <algorithm>
#include <array>

namespace touchstone::userspace {
namespace {

using Row = ParcelTypeInfo;
using Shape = ParcelShape;
using Type = ParcelType;

// In the order of the enumeration: type, word, shape, bytes, is_signed, is_legacy, is_newer, name.
constexpr std::array types{
    Row{Type::character, "char", Shape::number, 1, true, true, false, "Char"},
    Row{Type::boolean, "bool", Shape::number, 1, false, true, true, "Bool"},
    Row{Type::int8, "int8", Shape::number, 1, true, true, true, "Int8"},
    Row{Type::uint8, "uint8", Shape::number, 1, false, true, true, "Uint8"},
    Row{Type::int16, "int16", Shape::number, 2, true, true, true, "Int16"},
    Row{Type::uint16, "uint16", Shape::number, 2, false, true, true, "Uint16"},
    Row{Type::int32, "int32", Shape::number, 4, true, true, true, "Int32"},
    Row{Type::uint32, "uint32", Shape::number, 4, false, true, true, "Uint32"},
    Row{Type::int64, "int64", Shape::number, 8, true, true, true, "Int64"},
    Row{Type::uint64, "uint64", Shape::number, 8, false, true, true, "Uint64"},
    Row{Type::intptr, "intptr", Shape::number, 0, true, true, false, "Intptr"},
    Row{Type::uintptr, "uintptr", Shape::number, 0, false, true, false, "Uintptr"},
    Row{Type::float32, "float", Shape::number, 4, false, true, true, "Float"},
    Row{Type::float64, "double", Shape::number, 8, false, true, true, "Double"},
    Row{Type::char_unaligned, "char_unaligned", Shape::number, 1, true, true, false,
        "CharUnaligned"},
    Row{Type::bool_unaligned, "bool_unaligned", Shape::number, 1, false, true, true,
        "BoolUnaligned"},
    Row{Type::int8_unaligned, "int8_unaligned", Shape::number, 1, true, true, true,
        "Int8Unaligned"},
    Row{Type::uint8_unaligned, "uint8_unaligned", Shape::number, 1, false, true, true,
        "Uint8Unaligned"},
    Row{Type::int16_unaligned, "int16_unaligned", Shape::number, 2, true, true, true,
        "Int16Unaligned"},
    Row{Type::uint16_unaligned, "uint16_unaligned", Shape::number, 2, false, true, true,
        "Uint16Unaligned"},
    Row{Type::string, "string", Shape::string, 1, false, true, true, "String"},
    Row{Type::flat_obj, "flat_obj", Shape::bytes, 1, false, true, false, "FlatObj"},
    Row{Type::descriptor, "fd", Shape::descriptor, 4, true, true, true, "Fd"},
    Row{Type::service, "svc", Shape::service, 0, false, true, true, "Svc"},
    Row{Type::data_buff, "data_buff", Shape::buffer, 0, false, true, false, "DataBuff"},
    Row{Type::pointer, "pointer", Shape::number, 0, false, false, true, "Pointer"},
    Row{Type::buffer, "buffer", Shape::bytes, 1, false, false, true, "Buffer"},
    Row{Type::raw, "raw", Shape::bytes, 1, false, false, true, "RawData"},
    Row{Type::string16, "string16", Shape::units, 2, false, false, true, "String16"},
    Row{Type::token, "token", Shape::units, 2, false, false, true, "InterfaceToken"},
    Row{Type::bool_vector, "vbool", Shape::vector, 1, false, false, true, "BoolVector"},
    Row{Type::int8_vector, "vint8", Shape::vector, 1, true, false, true, "Int8Vector"},
    Row{Type::uint8_vector, "vuint8", Shape::vector, 1, false, false, true, "Uint8Vector"},
    Row{Type::int16_vector, "vint16", Shape::vector, 2, true, false, true, "Int16Vector"},
    Row{Type::uint16_vector, "vuint16", Shape::vector, 2, false, false, true, "Uint16Vector"},
    Row{Type::int32_vector, "vint32", Shape::vector, 4, true, false, true, "Int32Vector"},
    Row{Type::uint32_vector, "vuint32", Shape::vector, 4, false, false, true, "Uint32Vector"},
    Row{Type::int64_vector, "vint64", Shape::vector, 8, true, false, true, "Int64Vector"},
    Row{Type::uint64_vector, "vuint64", Shape::vector, 8, false, false, true, "Uint64Vector"},
    Row{Type::float_vector, "vfloat", Shape::vector, 4, false, false, true, "FloatVector"},
    Row{Type::double_vector, "vdouble", Shape::vector, 8, false, false, true, "DoubleVector"},
};

constexpr bool is_in_order() {
  for (std::size_t index = 0; index < types.size(); ++index) {
    if (static_cast<std::size_t>(types[index].type) != index) return false;
  }
  return true;
}
static_assert(is_in_order());

std::string legacy_name(const ParcelOperation& operation) {
  switch (operation.verb) {
    case ParcelVerb::init: return "IpcIoInit";
    case ParcelVerb::message: return "IpcIoInitFromMsg";
    case ParcelVerb::push:
      return "IpcIoPush" + std::string(info_of(operation.type).name) +
             (operation.with_free ? "WithFree" : "");
    case ParcelVerb::pop: return "IpcIoPop" + std::string(info_of(operation.type).name);
    case ParcelVerb::free_buffers: return "IpcIoFreeDataBuff";
    case ParcelVerb::append:
    case ParcelVerb::copy:
    case ParcelVerb::use_null:
    case ParcelVerb::show_data:
    case ParcelVerb::show_table: return {};
  }
  return {};
}

std::string newer_name(const ParcelOperation& operation) {
  if (operation.verb == ParcelVerb::init) return "IpcIoInit";
  if (operation.verb == ParcelVerb::append) return "IpcIoAppend";
  if (operation.verb != ParcelVerb::push && operation.verb != ParcelVerb::pop) return {};
  const std::string verb = operation.verb == ParcelVerb::push ? "Write" : "Read";
  if (operation.type == Type::service) return verb + "RemoteObject";
  if (operation.type == Type::descriptor) return verb + "FileDescriptor";
  return verb + std::string(info_of(operation.type).name);
}

}  // namespace

const ParcelTypeInfo& info_of(ParcelType type) { return types[static_cast<std::size_t>(type)]; }

std::optional<ParcelType> parcel_type_from_word(std::string_view word) {
  const auto found = std::ranges::find(types, word, &Row::word);
  if (found == types.end()) return std::nullopt;
  return found->type;
}

bool is_in(ParcelType type, ParcelApi api) {
  const Row& info = info_of(type);
  return api == ParcelApi::legacy ? info.is_legacy : info.is_newer;
}

std::vector<ParcelType> parcel_types_of(ParcelApi api) {
  std::vector<ParcelType> found;
  for (const Row& row : types) {
    if (is_in(row.type, api)) found.push_back(row.type);
  }
  return found;
}

std::string function_of(const ParcelOperation& operation, ParcelApi api) {
  return api == ParcelApi::legacy ? legacy_name(operation) : newer_name(operation);
}

std::uint32_t value_bytes(ParcelType type, DataModel data_model) {
  const Row& info = info_of(type);
  return info.bytes == 0 ? word_bytes(data_model) : info.bytes;
}

std::uint64_t as_value(ParcelType type, std::uint64_t number, DataModel data_model) {
  if (type == Type::boolean || type == Type::bool_unaligned) return number != 0 ? 1 : 0;
  const std::uint32_t bits = 8 * value_bytes(type, data_model);
  if (bits == 64) return number;
  const std::uint64_t mask = (std::uint64_t{1} << bits) - 1;
  const bool is_negative = info_of(type).is_signed && ((number >> (bits - 1)) & 1) != 0;
  return is_negative ? number | ~mask : number & mask;
}

std::uint64_t stated_length(const ParcelOperation& push) {
  const bool is_counted = push.source == ParcelOperation::Source::value && push.size == 0;
  return is_counted ? push.bytes.size() / info_of(push.type).bytes : push.size;
}

}  // namespace touchstone::userspace
