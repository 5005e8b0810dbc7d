#include "conformance/userspace/shown.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

namespace touchstone::userspace {
namespace {

struct Number {
  std::uint64_t magnitude = 0;
  bool is_negative = false;
  friend bool operator==(const Number&, const Number&) = default;
};

std::optional<Number> number_of(std::string_view text) {
  Number number;
  number.is_negative = text.starts_with('-');
  if (number.is_negative) text.remove_prefix(1);
  const bool is_hex = !number.is_negative && text.starts_with("0x");
  if (is_hex) text.remove_prefix(2);
  // Bytes are digits too, and 0500 are two of them.
  if (text.empty() || (!is_hex && text.size() > 1 && text[0] == '0')) return std::nullopt;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number.magnitude, is_hex ? 16 : 10);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  if (number.magnitude == 0) number.is_negative = false;
  return number;
}

bool is_plain(std::string_view text) {
  return !text.empty() && text[0] != '[' && text[0] != '#' && text != "|" && text != "->" &&
         std::ranges::all_of(text, [](char letter) {
           return letter > ' ' && letter < '\x7f' && letter != '"' && letter != '\\' &&
                  letter != '?';
         });
}

std::string in_quotes(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string quoted = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') {
      quoted += {'\\', letter};
    } else if (letter == '\n') {
      quoted += "\\n";
    } else if (letter < ' ' || letter >= '\x7f') {
      const auto byte = static_cast<unsigned char>(letter);
      quoted += {'\\', 'x', digits[byte >> 4], digits[byte & 0xf]};
    } else {
      quoted += letter;
    }
  }
  return quoted + '"';
}

std::string word_of(const std::pair<std::string, std::string>& value) {
  const auto& [key, text] = value;
  const bool is_result = key == "result";
  // As a bare result these would say something else.
  const bool is_plain_here =
      is_plain(text) && !(is_result && (text == "crash" || text.contains('=')));
  return (is_result ? "" : key + "=") + (is_plain_here ? text : in_quotes(text));
}

template <typename Wanted>
std::string words_of(const Shown& shown, const Wanted& is_wanted) {
  std::string text;
  for (const auto& value : shown.values) {
    if (!is_wanted(value.first)) continue;
    if (!text.empty()) text += ' ';
    text += word_of(value);
  }
  return text;
}

bool states(std::span<const Stated> alternatives, std::string_view key) {
  return std::ranges::any_of(alternatives, [key](const Stated& stated) {
    return std::ranges::find(stated.values, key, &Argument::key) != stated.values.end();
  });
}

}  // namespace

const std::string* value_of(const Shown& shown, std::string_view key) {
  const auto found = std::ranges::find(
      shown.values, key, [](const auto& value) -> const auto& { return value.first; });
  return found == shown.values.end() ? nullptr : &found->second;
}

bool is_same_value(const Word& stated, std::string_view shown) {
  if (stated.text == shown) return true;
  if (stated.is_quoted) return false;
  const auto fits = [](char wanted, char letter) { return wanted == '?' || wanted == letter; };
  if (stated.text.contains('?') && std::ranges::equal(stated.text, shown, fits)) return true;
  const auto number = number_of(stated.text);
  return number && number == number_of(shown);
}

bool shows(const Shown& shown, const Stated& stated) {
  return !stated.is_crash && std::ranges::all_of(stated.values, [&shown](const Argument& argument) {
    const std::string* value = value_of(shown, argument.key);
    return value != nullptr && is_same_value(argument.value, *value);
  });
}

const Argument* first_not_shown(const Shown& shown, std::span<const Stated> alternatives) {
  for (const Stated& stated : alternatives) {
    for (const Argument& argument : stated.values) {
      if (value_of(shown, argument.key) == nullptr) return &argument;
    }
  }
  return nullptr;
}

std::string text_of(const Shown& shown) {
  return words_of(shown, [](std::string_view) { return true; });
}

std::string text_of(const Shown& shown, std::span<const Stated> alternatives) {
  return words_of(shown, [alternatives](std::string_view key) {
    return key == "result" || states(alternatives, key);
  });
}

}  // namespace touchstone::userspace
