// script.h: a case of the user-space chapters: a header and steps of words, and what each step must
// show.  Knows the grammar of spec/userspace-case-format.md and no verb: those are the players'.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapter/case_text.h"
#include "adapter/program.h"

namespace touchstone::userspace {

// A word of a step, with its place for messages about it.
struct Word {
  std::string text;
  std::uint32_t column = 0;  // from 1, in bytes
  bool is_quoted = false;    // "7" in quotes is a text and no number
};

struct Argument {
  std::string key;
  Word value;
};

// One outcome after `->`: the keys it states, `result` for the bare word, in the order written.
struct Stated {
  std::vector<Argument> values;
  bool is_crash = false;
};

struct ScriptStep {
  std::uint32_t line = 0;   // in the file, from 1
  std::string text;         // verb, words and arguments as written
  std::vector<Word> words;  // the verb first; never empty
  std::vector<Argument> arguments;
  std::vector<Stated> expected;  // alternatives; empty where the line has no `->`
  std::string expected_text;     // the same as written
  std::string clause;            // in brackets, or empty
};

struct Script {
  CaseHeader header;
  std::vector<ScriptStep> steps;
};

// Reads one whole script: nothing is guessed.
std::expected<Script, ParseError> parse_script(std::string_view text);

// The outcomes alone, as they stand after `->`.
std::expected<std::vector<Stated>, ParseError> parse_stated(std::string_view text);

// What a player says when it does not understand a step, or what it is about to be asked is not
// something the step shows.
struct StepError {
  std::uint32_t column = 0;  // 0: the whole step
  std::string expected;
  std::string found;
};

// Reads the words and arguments of one step, in order; what is left over is an error.
//
//   StepReader reader(step);
//   const std::uint64_t bytes = reader.number(reader.word("a size"), 8192);
//   const auto objects = reader.number_argument("objects", 32).value_or(0);
//   if (auto error = reader.finish()) return std::unexpected(*error);
//
// Errors are sticky: after the first one every text is empty and every number 0.
class StepReader {
 public:
  explicit StepReader(const ScriptStep& step) : step_(step) {}

  const std::string& verb() const { return step_.words.front().text; }

  // The next word; an error if there is none.
  const Word& word(const char* expected);
  // The next word if there is one.
  const Word* optional_word();
  // The value of a key, or null.
  const Word* argument(std::string_view key);

  // Decimal, -decimal or 0x and hexadecimal digits, within the bounds.
  std::int64_t number(const Word& word, std::int64_t least, std::int64_t greatest);
  std::uint64_t unsigned_number(const Word& word, std::uint64_t greatest);
  std::optional<std::uint64_t> unsigned_argument(std::string_view key, std::uint64_t greatest);
  // Hexadecimal digits, two a byte; none at all is no bytes.
  std::vector<std::byte> bytes(const Word& word);

  void fail(const Word& word, std::string expected);
  bool has_failed() const { return error_.has_value(); }

  // The first error, or that a word or an argument was not read.
  std::optional<StepError> finish();

 private:
  const ScriptStep& step_;
  std::size_t words_read_ = 1;
  std::vector<bool> arguments_read_ = std::vector<bool>(step_.arguments.size());
  std::optional<StepError> error_;
};

}  // namespace touchstone::userspace
