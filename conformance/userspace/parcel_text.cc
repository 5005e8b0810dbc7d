#include "conformance/userspace/parcel_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "adapter/hex_text.h"

namespace touchstone::userspace {
namespace {

using Source = ParcelOperation::Source;

std::string list_text(const std::vector<std::uint64_t>& numbers) {
  return numbers.empty() ? "none" : fmt::format("{}", fmt::join(numbers, ","));
}

std::string offsets_text(const ParcelOperation& operation) {
  if (operation.offsets.empty()) return {};
  return " offsets=" + list_text(operation.offsets);
}

// Bytes as a word: no bytes need quotes to be one.
std::string bytes_word(const std::vector<std::byte>& bytes) {
  return bytes.empty() ? "\"\"" : hex_text(bytes);
}

bool is_letters(const std::vector<std::byte>& bytes, std::byte letter) {
  constexpr std::size_t long_text = 64;
  return bytes.size() > long_text &&
         std::ranges::all_of(bytes, [letter](std::byte byte) { return byte == letter; });
}

std::string push_value(const ParcelOperation& operation, DataModel data_model) {
  const ParcelTypeInfo& info = info_of(operation.type);
  const bool is_null = operation.source == Source::null;
  switch (info.shape) {
    case ParcelShape::number: return number_text(operation.type, operation.number, data_model);
    case ParcelShape::descriptor: return fmt::format("{}", operation.number);
    case ParcelShape::string:
      if (is_null) return "null";
      if (is_letters(operation.bytes, std::byte{'x'})) {
        return fmt::format("length={}", operation.bytes.size());
      }
      return quoted_text(operation.bytes);
    case ParcelShape::bytes:
    case ParcelShape::units:
    case ParcelShape::vector:
      if (is_null) return fmt::format("null length={}", operation.size);
      if (operation.source == Source::self) return fmt::format("self length={}", operation.size);
      if (is_letters(operation.bytes, std::byte{0xab})) {
        return fmt::format("length={}", operation.bytes.size() / info.bytes);
      }
      if (operation.size != 0) {
        return fmt::format("{} length={}", bytes_word(operation.bytes), operation.size);
      }
      return bytes_word(operation.bytes);
    case ParcelShape::service:
      if (is_null) return "null";
      return fmt::format("handle={} token={} cookie={}", operation.service.handle,
                         operation.service.token, operation.service.cookie);
    case ParcelShape::buffer: {
      const std::string free = operation.with_free ? " free" : "";
      if (is_null) return "null" + free;
      return fmt::format("size={} address={}{}", operation.size, operation.address, free);
    }
  }
  return {};
}

std::string pop_words(const ParcelOperation& operation) {
  const std::string type(info_of(operation.type).word);
  if (operation.type == ParcelType::buffer || operation.type == ParcelType::raw) {
    return fmt::format("{} {}", type, operation.size);
  }
  return type + (operation.with_count ? "" : " no_count");
}

// What a read gave, by its type.
std::string result_text(const ParcelOperation& operation, const ParcelShown& shown,
                        DataModel data_model) {
  using Result = ParcelShown::Result;
  switch (shown.result) {
    case Result::nothing: return {};
    case Result::truth: return fmt::format("{}", shown.number);
    case Result::number: return number_text(operation.type, shown.number, data_model);
    case Result::untouched: return "none";
    case Result::null: return "null";
    case Result::place:
      if (operation.type != ParcelType::string) return hex_text(shown.bytes);
      return std::string(reinterpret_cast<const char*>(shown.bytes.data()), shown.bytes.size());
    case Result::service: return "svc";
    case Result::buffer: return "buffer";
    case Result::bytes: return hex_text(shown.bytes);
    case Result::numbers: return list_text(shown.numbers);
  }
  return {};
}

void add(Shown& shown, const char* key, std::uint64_t number) {
  shown.values.emplace_back(key, std::to_string(number));
}

void add_details(const ParcelOperation& operation, const ParcelShown& from, Shown& shown) {
  if (from.result == ParcelShown::Result::service) {
    add(shown, "handle", from.service.handle);
    add(shown, "token", from.service.token);
    add(shown, "cookie", from.service.cookie);
  }
  if (from.result == ParcelShown::Result::buffer) {
    add(shown, "size", from.size);
    add(shown, "address", from.address);
  }
  if (from.at) add(shown, "at", *from.at);
  if (operation.verb != ParcelVerb::pop) return;
  switch (info_of(operation.type).shape) {
    case ParcelShape::string:
    case ParcelShape::bytes:
    case ParcelShape::units:
    case ParcelShape::vector:
      shown.values.emplace_back("count", from.count ? std::to_string(*from.count) : "unset");
      break;
    case ParcelShape::number:
    case ParcelShape::descriptor:
    case ParcelShape::service:
    case ParcelShape::buffer: break;
  }
}

}  // namespace

std::string print_parcel_operation(const ParcelOperation& operation, DataModel data_model) {
  const bool is_null = operation.source == Source::null;
  switch (operation.verb) {
    case ParcelVerb::init: {
      const std::string buffer = is_null ? "null" : std::to_string(operation.size);
      const std::string at = operation.at == 0 ? "" : fmt::format(" at={}", operation.at);
      return fmt::format("init {} objects={}{}", buffer, operation.objects, at);
    }
    case ParcelVerb::message:
      return "message " + (is_null ? "null" : bytes_word(operation.bytes)) +
             offsets_text(operation);
    case ParcelVerb::push:
      return fmt::format("push {} {}", info_of(operation.type).word,
                         push_value(operation, data_model));
    case ParcelVerb::pop: return "pop " + pop_words(operation);
    case ParcelVerb::append:
      return fmt::format("append {} objects={} {}{}", operation.size, operation.objects,
                         bytes_word(operation.bytes), offsets_text(operation));
    case ParcelVerb::free_buffers: return "free";
    case ParcelVerb::copy: return "copy";
    case ParcelVerb::use_null: return "null";
    case ParcelVerb::show_data: return "data";
    case ParcelVerb::show_table: return "table";
  }
  return {};
}

Shown shown_of(const ParcelOperation& operation, const ParcelShown& from, DataModel data_model) {
  Shown shown;
  shown.lacks = from.lacks;
  if (!from.lacks.empty()) return shown;
  if (from.result != ParcelShown::Result::nothing) {
    shown.values.emplace_back("result", result_text(operation, from, data_model));
  }
  add_details(operation, from, shown);
  add(shown, "used", from.state.used);
  add(shown, "left", from.state.left);
  add(shown, "entries", from.state.entries);
  add(shown, "entries_left", from.state.entries_left);
  add(shown, "flag", from.state.flag);
  add(shown, "available", from.state.is_available ? 1 : 0);
  return shown;
}

std::string number_text(ParcelType type, std::uint64_t number, DataModel data_model) {
  if (type == ParcelType::descriptor) {
    return std::to_string(static_cast<std::int32_t>(static_cast<std::uint32_t>(number)));
  }
  if (type == ParcelType::boolean || type == ParcelType::bool_unaligned) {
    return std::to_string(number);
  }
  const std::uint64_t value = as_value(type, number, data_model);
  if (info_of(type).is_signed) return std::to_string(static_cast<std::int64_t>(value));
  return std::to_string(value);
}

std::string quoted_text(std::span<const std::byte> bytes) {
  std::string text = "\"";
  for (const std::byte byte : bytes) {
    const auto letter = std::to_integer<char>(byte);
    if (letter == '"' || letter == '\\') {
      text += {'\\', letter};
    } else if (letter < ' ' || letter >= '\x7f') {
      text += "\\x" + hex_text({&byte, 1});
    } else {
      text += letter;
    }
  }
  return text + '"';
}

}  // namespace touchstone::userspace
