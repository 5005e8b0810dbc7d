#include "adapter/case_lexer.h"

#include <cstring>
#include <utility>

namespace touchstone {
namespace {

constexpr std::size_t found_bytes_max = 40;

constexpr bool is_space(char character) {
  return character == ' ' || character == '\t' || character == '\r';
}

std::string_view view(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace

CaseLexer::CaseLexer(std::string_view text)
    : text_end_(text.data() + text.size()),
      line_begin_(text.data()),
      line_end_(nullptr),
      position_(text.data()),
      last_end_(text.data()) {}

bool CaseLexer::next_line() {
  if (has_failed()) return false;
  while (line_end_ != text_end_) {
    const char* const begin = line_end_ == nullptr ? line_begin_ : line_end_ + 1;
    if (begin >= text_end_) break;
    const void* const newline =
        std::memchr(begin, '\n', static_cast<std::size_t>(text_end_ - begin));
    line_begin_ = begin;
    line_end_ = newline == nullptr ? text_end_ : static_cast<const char*>(newline);
    position_ = begin;
    last_end_ = begin;
    ++line_number_;
    if (!peek().empty()) return true;
  }
  // What is missing at the end of the text is missing on the line after its last.
  line_begin_ = line_end_ = position_ = last_end_ = text_end_;
  ++line_number_;
  return false;
}

const char* CaseLexer::skip_spaces() const {
  const char* position = position_;
  while (position < line_end_ && is_space(*position)) ++position;
  const bool is_comment = position < line_end_ && *position == '#' &&
                          (position == line_begin_ || is_space(position[-1]));
  return is_comment ? line_end_ : position;
}

std::string_view CaseLexer::next() {
  const std::string_view word = peek();
  if (!word.empty()) position_ = last_end_ = word.data() + word.size();
  return word;
}

std::string_view CaseLexer::peek() {
  if (has_failed() || line_end_ == nullptr) return {};
  if (!peeked_.empty() && peeked_.data() == position_) return peeked_;
  const char* const begin = skip_spaces();
  const char* end = begin;
  while (end < line_end_ && !is_space(*end)) ++end;
  position_ = begin;
  peeked_ = view(begin, end);
  return peeked_;
}

void CaseLexer::take(std::size_t bytes) {
  if (has_failed()) return;
  position_ = last_end_ = peek().substr(0, bytes).end();
}

std::string_view CaseLexer::rest_of_line() {
  if (has_failed()) return {};
  const char* const begin = skip_spaces();
  const char* end = begin;
  while (end < line_end_ && !(*end == '#' && is_space(end[-1]))) ++end;
  while (end > begin && is_space(end[-1])) --end;
  position_ = line_end_;
  if (end > begin) last_end_ = end;
  return view(begin, end);
}

std::string CaseLexer::quoted() {
  if (peek().substr(0, 1) != "\"") {
    fail_at_next("a text in double quotes");
    return {};
  }
  const char* const begin = position_++;
  std::string text;
  while (position_ < line_end_ && *position_ != '"' && !has_failed()) text += quoted_character();
  if (has_failed()) return {};
  if (position_ == line_end_) {
    fail(view(begin, line_end_), "a closing double quote before the end of the line");
    return {};
  }
  last_end_ = ++position_;
  if (position_ < line_end_ && !is_space(*position_)) fail_at_next("a space after the text");
  return text;
}

char CaseLexer::quoted_character() {
  if (*position_ != '\\') return *position_++;
  const char* const escape = position_++;
  const char kind = position_ < line_end_ ? *position_++ : '\0';
  if (kind == '"' || kind == '\\') return kind;
  if (kind == 'n') return '\n';
  if (kind == 'x' && line_end_ - position_ >= 2) {
    const int high = hex_digit_value(position_[0]);
    const int low = hex_digit_value(position_[1]);
    position_ += 2;
    if (high >= 0 && low >= 0) return static_cast<char>(high * 16 + low);
  }
  fail(view(escape, position_), "one of the escapes \\\" \\\\ \\n \\xHH");
  return '\0';
}

std::uint32_t CaseLexer::column_of(std::string_view word) const {
  return static_cast<std::uint32_t>(word.data() - line_begin_) + 1;
}

std::string_view CaseLexer::read_since(const char* begin) const {
  return has_failed() || last_end_ < begin ? std::string_view() : view(begin, last_end_);
}

void CaseLexer::fail(std::string_view found, std::string expected) {
  if (has_failed()) return;
  ParseError error{.line = line_number_,
                   .column = column_of(found),
                   .expected = std::move(expected),
                   .found = std::string(found.substr(0, found_bytes_max))};
  if (found.empty()) error.found = "nothing";
  if (found.size() > found_bytes_max) error.found += "...";
  error_ = std::move(error);
}

void CaseLexer::fail_at_next(std::string expected) {
  if (has_failed()) return;
  const std::string_view word = peek();
  if (!word.empty()) return fail(word, std::move(expected));
  const bool is_end_of_text = line_begin_ == text_end_;
  fail(view(last_end_, last_end_), std::move(expected));
  error_->found = is_end_of_text ? "end of text" : "end of line";
}

}  // namespace touchstone
