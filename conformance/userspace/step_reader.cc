// Reads what stands in a step for the players: words, numbers, bytes; and what is left over.
#include <algorithm>
#include <limits>

#include "adapter/case_lexer.h"
#include "conformance/userspace/script.h"

namespace touchstone::userspace {
namespace {

const Word no_word{};

// Decimal or 0x and hexadecimal digits; none if it is no number or does not fit.
std::optional<std::uint64_t> magnitude_of(std::string_view text) {
  const bool is_hex = text.starts_with("0x");
  if (is_hex) text.remove_prefix(2);
  const std::uint64_t base = is_hex ? 16 : 10;
  if (text.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (const char letter : text) {
    const int digit = hex_digit_value(letter);
    if (digit < 0 || static_cast<std::uint64_t>(digit) >= base) return std::nullopt;
    const auto addend = static_cast<std::uint64_t>(digit);
    if (value > (std::numeric_limits<std::uint64_t>::max() - addend) / base) return std::nullopt;
    value = value * base + addend;
  }
  return value;
}

std::optional<std::int64_t> signed_value_of(std::string_view text) {
  const bool is_negative = text.starts_with('-');
  if (is_negative) text.remove_prefix(1);
  const std::optional<std::uint64_t> magnitude = magnitude_of(text);
  constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();
  if (!magnitude || *magnitude > largest + (is_negative ? 1 : 0)) return std::nullopt;
  return static_cast<std::int64_t>(is_negative ? 0 - *magnitude : *magnitude);
}

}  // namespace

const Word& StepReader::word(const char* expected) {
  const Word* next = optional_word();
  if (next != nullptr) return *next;
  if (!error_) error_ = StepError{0, expected, "the end of the step"};
  return no_word;
}

const Word* StepReader::optional_word() {
  if (error_ || words_read_ == step_.words.size()) return nullptr;
  return &step_.words[words_read_++];
}

const Word* StepReader::argument(std::string_view key) {
  const auto found = std::ranges::find(step_.arguments, key, &Argument::key);
  if (error_ || found == step_.arguments.end()) return nullptr;
  arguments_read_[static_cast<std::size_t>(found - step_.arguments.begin())] = true;
  return &found->value;
}

std::int64_t StepReader::number(const Word& word, std::int64_t least, std::int64_t greatest) {
  if (error_) return 0;
  const std::optional<std::int64_t> value =
      word.is_quoted ? std::nullopt : signed_value_of(word.text);
  if (value && *value >= least && *value <= greatest) return *value;
  fail(word, "a number from " + std::to_string(least) + " to " + std::to_string(greatest));
  return 0;
}

std::uint64_t StepReader::unsigned_number(const Word& word, std::uint64_t greatest) {
  if (error_) return 0;
  const std::optional<std::uint64_t> value =
      word.is_quoted ? std::nullopt : magnitude_of(word.text);
  if (value && *value <= greatest) return *value;
  fail(word, "a number of at most " + std::to_string(greatest));
  return 0;
}

std::optional<std::uint64_t> StepReader::unsigned_argument(std::string_view key,
                                                           std::uint64_t greatest) {
  const Word* value = argument(key);
  if (value == nullptr) return std::nullopt;
  return unsigned_number(*value, greatest);
}

std::vector<std::byte> StepReader::bytes(const Word& word) {
  if (error_) return {};
  const std::string& text = word.text;
  const bool is_hex = std::ranges::all_of(text, [](char c) { return hex_digit_value(c) >= 0; });
  if (!is_hex || text.size() % 2 != 0) {
    fail(word, "hexadecimal digits, two a byte");
    return {};
  }
  std::vector<std::byte> bytes;
  for (std::size_t at = 0; at < text.size(); at += 2) {
    const int value = hex_digit_value(text[at]) * 16 + hex_digit_value(text[at + 1]);
    bytes.push_back(static_cast<std::byte>(value));
  }
  return bytes;
}

void StepReader::fail(const Word& word, std::string expected) {
  if (error_) return;
  error_ = StepError{word.column, std::move(expected),
                     word.is_quoted || word.text.empty() ? '"' + word.text + '"' : word.text};
}

std::optional<StepError> StepReader::finish() {
  if (error_) return error_;
  if (words_read_ < step_.words.size()) {
    const Word& left = step_.words[words_read_];
    fail(left, "no further word for `" + verb() + "`");
  }
  const auto unread = std::ranges::find(arguments_read_, false);
  if (unread != arguments_read_.end() && !error_) {
    const auto at = static_cast<std::size_t>(unread - arguments_read_.begin());
    const Argument& left = step_.arguments[at];
    const auto key_bytes = static_cast<std::uint32_t>(left.key.size()) + 1;
    error_ = StepError{left.value.column - key_bytes, "no `" + left.key + "=` for `" + verb() + '`',
                       left.key + "=" + left.value.text};
  }
  return error_;
}

}  // namespace touchstone::userspace
