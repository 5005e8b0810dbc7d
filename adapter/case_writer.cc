#include "adapter/case_writer.h"

#include <array>
#include <charconv>

#include "adapter/case_words.h"

namespace touchstone {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

std::string_view kind_word(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::fd: return "fd:";
    case ObjectKind::ptr: return "ptr:";
    case ObjectKind::svc: return "svc:";
    case ObjectKind::other: return "type:";
  }
  return {};
}

}  // namespace

void CaseWriter::word(std::string_view text) {
  if (!text_.empty()) text_ += ' ';
  text_ += text;
}

void CaseWriter::key(std::string_view key, std::string_view value) {
  word(key);
  text_ += '=';
  text_ += value;
}

void CaseWriter::key_number(std::string_view name, std::uint64_t value) {
  key(name, {});
  add_number(value);
}

void CaseWriter::key_task(std::string_view name, const TaskValue& value) {
  key(name, {});
  add_task(value);
}

void CaseWriter::message_type(std::uint32_t type) {
  const std::string_view name = word_of(message_type_words, static_cast<MessageType>(type));
  if (name.empty()) {
    key_number("type", type);
  } else {
    word(name);
  }
}

void CaseWriter::message_flag(std::uint32_t flag) {
  if (flag == 0) return;
  const std::string_view name = word_of(message_flag_words, flag);
  key("flag", name);
  if (name.empty()) add_number(flag);
}

void CaseWriter::object_start(std::uint32_t offset, ObjectKind kind) {
  word("obj@");
  add_number(offset);
  text_ += '=';
  text_ += kind_word(kind);
}

void CaseWriter::quoted(std::string_view text) {
  word("\"");
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (character == '"' || character == '\\') {
      text_ += '\\';
      text_ += character;
    } else if (character == '\n') {
      text_ += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      text_ += "\\x";
      text_ += hex_digits[byte >> 4];
      text_ += hex_digits[byte & 0xf];
    } else {
      text_ += character;
    }
  }
  text_ += '"';
}

void CaseWriter::add_number(std::uint64_t number) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  text_.append(digits.data(), end);
}

void CaseWriter::add_bytes(std::span<const std::byte> bytes) {
  const std::size_t start = text_.size();
  text_.resize(start + 2 * bytes.size());
  for (std::size_t index = 0; index < bytes.size(); ++index) {
    const auto byte = static_cast<std::size_t>(bytes[index]);
    text_[start + 2 * index] = hex_digits[byte >> 4];
    text_[start + 2 * index + 1] = hex_digits[byte & 0xf];
  }
}

void CaseWriter::add_task(const TaskValue& value, char letter) {
  switch (value.kind) {
    case TaskValue::Kind::number: add_number(value.value); break;
    case TaskValue::Kind::task:
      text_ += letter;
      add_number(value.value);
      break;
    case TaskValue::Kind::cms: text_ += "cms"; break;
    case TaskValue::Kind::self: text_ += "self"; break;
    case TaskValue::Kind::kernel: text_ += "KERNEL"; break;
  }
}

void CaseWriter::add_message(MessageName name) {
  const auto index = static_cast<std::size_t>(name);
  text_ += index < program_.message_names.size() ? program_.message_names[index] : "_";
}

void CaseWriter::add_service(const TaskValue& handle, std::uint32_t token, std::uint32_t cookie) {
  add_task(handle);
  if (token != 0) {
    text_ += "/token=";
    add_number(token);
  }
  if (cookie != 0) {
    text_ += "/cookie=";
    add_number(cookie);
  }
}

}  // namespace touchstone
