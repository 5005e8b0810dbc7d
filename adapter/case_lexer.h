// case_lexer.h: cuts `.case` text into lines and words, and holds the first error.
// Words are views into the text, so a place is known from the view alone.  Knows no grammar.
//
// Errors are sticky: after `fail` every word is empty and there is no next line, so that a parser
// can read on without asking after each word, and ask once at the end of a step.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "adapter/case_text.h"

namespace touchstone {

class CaseLexer {
 public:
  explicit CaseLexer(std::string_view text);

  // Goes to the next line that holds a word.  False at the end of the text, and after an error.
  bool next_line();
  std::uint32_t line_number() const { return line_number_; }

  // The line's next word, empty at its end or at a comment.  `peek` leaves it there.
  std::string_view next();
  std::string_view peek();

  // Takes the first bytes of the next word alone: what is behind them is the next word.
  void take(std::size_t bytes);

  // What is left of the line, without a comment and the spaces around.  The line is then over.
  std::string_view rest_of_line();

  // A text in double quotes with the escapes \" \\ \n and \xHH, which may hold spaces and `#`.
  std::string quoted();

  // Keeps the first error only.  `found` is a view into the current line; an empty one is a value
  // that is missing right there.
  void fail(std::string_view found, std::string expected);
  // The next word is not what was expected, or there is none.
  void fail_at_next(std::string expected);

  // The place of a word in its line, from 1; and all that was read of the line from `begin` on.
  std::uint32_t column_of(std::string_view word) const;
  std::string_view read_since(const char* begin) const;

  bool has_failed() const { return error_.has_value(); }
  const ParseError& error() const { return *error_; }

 private:
  const char* skip_spaces() const;
  char quoted_character();

  const char* text_end_;
  const char* line_begin_;
  const char* line_end_;     // past the line's last byte, its newline not counted
  const char* position_;     // in the line
  const char* last_end_;     // past the last word that was read
  std::string_view peeked_;  // the word at its place, since a word of bytes may be long
  std::uint32_t line_number_ = 0;
  std::optional<ParseError> error_;
};

consteval std::array<signed char, 256> make_hex_digit_values() {
  std::array<signed char, 256> values{};
  values.fill(-1);
  for (int digit = 0; digit < 10; ++digit) {
    values[static_cast<std::size_t>('0' + digit)] = static_cast<signed char>(digit);
  }
  for (int digit = 0; digit < 6; ++digit) {
    values[static_cast<std::size_t>('a' + digit)] = static_cast<signed char>(10 + digit);
    values[static_cast<std::size_t>('A' + digit)] = static_cast<signed char>(10 + digit);
  }
  return values;
}

inline constexpr std::array<signed char, 256> hex_digit_values = make_hex_digit_values();

// The value of a hexadecimal digit, or -1.
inline int hex_digit_value(char digit) {
  return hex_digit_values[static_cast<unsigned char>(digit)];
}

// True where a word can only be a number, since no name and no word begins with a digit.
inline bool starts_as_number(std::string_view text) {
  return !text.empty() && text[0] >= '0' && text[0] <= '9';
}

}  // namespace touchstone
