#include "conformance/userspace/script.h"

#include <algorithm>
#include <array>

#include "adapter/case_lexer.h"
#include "adapter/case_words.h"

namespace touchstone::userspace {
namespace {

enum class Key : std::uint8_t { name, title, clauses, case_class, abi };

constexpr std::array<NamedWord<Key>, 5> header_words{{
    {"case:", Key::name},
    {"title:", Key::title},
    {"clauses:", Key::clauses},
    {"class:", Key::case_class},
    {"abi:", Key::abi},
}};

constexpr std::array<NamedWord<CaseClass>, 2> class_words{{
    {"contract", CaseClass::contract},
    {"unspecified", CaseClass::unspecified},
}};

constexpr std::string_view clause_expected = "a clause such as PCL-42";

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }
bool is_small(char letter) { return letter >= 'a' && letter <= 'z'; }

bool is_clause_id(std::string_view text) {
  constexpr std::size_t letters = 3;
  return text.size() > letters + 1 && text[letters] == '-' &&
         std::ranges::all_of(text.substr(0, letters),
                             [](char c) { return c >= 'A' && c <= 'Z'; }) &&
         std::ranges::all_of(text.substr(letters + 1), is_digit);
}

bool is_key(std::string_view text) {
  return !text.empty() && is_small(text[0]) &&
         std::ranges::all_of(text, [](char c) { return is_small(c) || is_digit(c) || c == '_'; });
}

std::string_view without_spaces(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

class ScriptParser {
 public:
  explicit ScriptParser(std::string_view text) : lexer_(text) {}

  std::expected<Script, ParseError> script() {
    read_lines();
    if (lexer_.has_failed()) return std::unexpected(lexer_.error());
    return std::move(script_);
  }

  std::expected<std::vector<Stated>, ParseError> stated() {
    std::vector<Stated> outcomes;
    lexer_.next_line();
    read_outcomes(outcomes);
    if (!lexer_.peek().empty()) lexer_.fail_at_next("the end of the outcome");
    if (lexer_.next_line()) lexer_.fail_at_next("one line");
    if (lexer_.has_failed()) return std::unexpected(lexer_.error());
    return outcomes;
  }

 private:
  // A word, or a value with its key.
  struct Part {
    std::string_view place;  // where it begins
    std::string key;
    Word value;
  };

  void read_lines() {
    bool has_line = lexer_.next_line();
    for (; has_line && lexer_.peek().ends_with(':'); has_line = lexer_.next_line()) read_header();
    if (!is_seen_[static_cast<std::size_t>(Key::name)]) {
      return lexer_.fail_at_next("a `case:` line before the first step");
    }
    for (; has_line; has_line = lexer_.next_line()) read_step();
    if (script_.steps.empty()) lexer_.fail_at_next("at least one step");
  }

  void read_header() {
    const std::string_view word = lexer_.next();
    const std::optional<Key> key = find_word(header_words, word);
    if (!key) return lexer_.fail(word, "case:, title:, clauses:, class: or abi:");
    bool& is_seen = is_seen_[static_cast<std::size_t>(*key)];
    if (is_seen) return lexer_.fail(word, "no second `" + std::string(word) + "` line");
    is_seen = true;
    const std::string_view value = lexer_.rest_of_line();
    if (value.empty()) return lexer_.fail_at_next("a value for " + std::string(word));
    read_header_value(*key, value);
  }

  void read_header_value(Key key, std::string_view value) {
    CaseHeader& header = script_.header;
    switch (key) {
      case Key::name:
        if (value.find_first_of(" \t") != value.npos) lexer_.fail(value, "a name without spaces");
        header.name = value;
        break;
      case Key::title: header.title = value; break;
      case Key::clauses: read_clauses(value); break;
      case Key::case_class:
        header.case_class = choice(class_words, value, "contract or unspecified");
        break;
      case Key::abi: header.abi = choice(case_abi_words, value, "any, ilp32 or lp64"); break;
    }
  }

  template <typename T, std::size_t count>
  T choice(const std::array<NamedWord<T>, count>& words, std::string_view value,
           const char* expected) {
    const std::optional<T> found = find_word(words, value);
    if (!found) lexer_.fail(value, expected);
    return found.value_or(words[0].value);
  }

  void read_clauses(std::string_view value) {
    while (!lexer_.has_failed()) {
      const std::size_t comma = value.find(',');
      const std::string_view clause = without_spaces(value.substr(0, comma));
      if (!is_clause_id(clause)) {
        lexer_.fail(clause, std::string(clause_expected) + ", and commas between clauses");
      }
      script_.header.clauses.emplace_back(clause);
      if (comma == value.npos) return;
      value.remove_prefix(comma + 1);
    }
  }

  void read_step() {
    ScriptStep step;
    step.line = lexer_.line_number();
    const std::string_view verb = lexer_.peek();
    if (verb.ends_with(':')) {
      return lexer_.fail_at_next("a step, since header lines stand before the first step");
    }
    if (!is_key(verb)) return lexer_.fail_at_next("a verb of small letters, digits and _");
    while (!is_end_of_call()) add_to_call(part(), step);
    step.text = lexer_.read_since(verb.data());
    if (lexer_.peek() == "->") {
      lexer_.next();
      const std::string_view first = lexer_.peek();
      read_outcomes(step.expected);
      step.expected_text = lexer_.read_since(first.data());
    }
    if (lexer_.peek().starts_with('[')) step.clause = clause_in_brackets();
    if (!lexer_.peek().empty()) lexer_.fail_at_next("the end of the line");
    script_.steps.push_back(std::move(step));
  }

  bool is_end_of_call() {
    const std::string_view word = lexer_.peek();
    return word.empty() || word == "->" || word.starts_with('[');
  }

  void add_to_call(Part part, ScriptStep& step) {
    if (part.key.empty()) {
      step.words.push_back(std::move(part.value));
      return;
    }
    if (std::ranges::find(step.arguments, part.key, &Argument::key) != step.arguments.end()) {
      lexer_.fail(part.place, "no second `" + part.key + "`");
    }
    step.arguments.push_back({std::move(part.key), std::move(part.value)});
  }

  Part part() {
    Part part{.place = lexer_.peek(), .key = {}, .value = {}};
    const std::string_view word = part.place;
    if (word == "->" || word == "|") {
      lexer_.fail_at_next("a word, KEY=VALUE or the end of the line");
      return part;
    }
    const std::size_t equals = word.find('=');
    if (equals < word.find('"')) {
      part.key = word.substr(0, equals);
      if (!is_key(part.key)) lexer_.fail(word, "a key of small letters, digits and _ before `=`");
      lexer_.take(equals + 1);
      if (equals + 1 == word.size()) {
        lexer_.fail(word.substr(word.size()), "a value behind `=`; an empty one is \"\"");
      }
    }
    part.value = value();
    return part;
  }

  Word value() {
    if (lexer_.has_failed()) return {};
    const std::string_view word = lexer_.peek();
    Word value{{}, lexer_.column_of(word), word.starts_with('"')};
    if (value.is_quoted) {
      value.text = lexer_.quoted();
      return value;
    }
    if (word.contains('"')) lexer_.fail(word, "double quotes around all of it, or none");
    value.text = lexer_.next();
    return value;
  }

  void read_outcomes(std::vector<Stated>& outcomes) {
    outcomes.push_back(outcome());
    while (lexer_.peek() == "|") {
      lexer_.next();
      outcomes.push_back(outcome());
    }
  }

  bool is_end_of_outcome() {
    const std::string_view word = lexer_.peek();
    return word.empty() || word == "|" || word.starts_with('[');
  }

  Stated outcome() {
    Stated stated;
    if (is_end_of_outcome()) lexer_.fail_at_next("an outcome: KEY=VALUE, one bare word, or crash");
    while (!is_end_of_outcome()) add_to_outcome(part(), stated);
    return stated;
  }

  void add_to_outcome(Part part, Stated& stated) {
    const Word& value = part.value;
    const bool is_crash = part.key.empty() && !value.is_quoted && value.text == "crash";
    if (stated.is_crash || (is_crash && !stated.values.empty())) {
      lexer_.fail(part.place, "`crash` alone, since nothing comes back from it");
    }
    stated.is_crash = is_crash;
    if (is_crash) return;
    if (part.key.empty()) part.key = "result";
    if (std::ranges::find(stated.values, part.key, &Argument::key) != stated.values.end()) {
      lexer_.fail(part.place, "no second `" + part.key + "`");
    }
    stated.values.push_back({std::move(part.key), std::move(part.value)});
  }

  std::string clause_in_brackets() {
    const std::string_view word = lexer_.next();
    const std::string_view id =
        word.ends_with(']') ? word.substr(1, word.size() - 2) : std::string_view();
    if (!is_clause_id(id)) lexer_.fail(word, std::string(clause_expected) + " in brackets");
    return std::string(id);
  }

  CaseLexer lexer_;
  Script script_;
  std::array<bool, header_words.size()> is_seen_{};
};

}  // namespace

std::expected<Script, ParseError> parse_script(std::string_view text) {
  return ScriptParser(text).script();
}

std::expected<std::vector<Stated>, ParseError> parse_stated(std::string_view text) {
  return ScriptParser(text).stated();
}

}  // namespace touchstone::userspace
