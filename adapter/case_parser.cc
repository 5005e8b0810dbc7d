#include <algorithm>
#include <array>
#include <expected>
#include <string>
#include <utility>

#include "adapter/case_operation_parser.h"
#include "adapter/case_outcome_parser.h"
#include "adapter/case_reader.h"
#include "adapter/case_text.h"

namespace touchstone {
namespace {

enum class Key : std::uint32_t {
  name,
  title,
  clauses,
  case_class,
  abi,
  limits,
  needs,
  quirk,
  bug,
  ids
};

constexpr std::array<NamedWord<Key>, 10> header_words{{
    {"case:", Key::name},
    {"title:", Key::title},
    {"clauses:", Key::clauses},
    {"class:", Key::case_class},
    {"abi:", Key::abi},
    {"limits:", Key::limits},
    {"needs:", Key::needs},
    {"quirk:", Key::quirk},
    {"bug:", Key::bug},
    {"ids:", Key::ids},
}};

constexpr std::array<std::string_view, 3> limit_words{"tasks", "processes", "page"};

// The parts of a header's value between separators, spaces around them taken off.
template <typename Use>
void for_each_part(std::string_view value, char separator, Use use) {
  Parts parts{{}, value, true};
  while (parts.has_separator) {
    parts = cut(parts.tail, separator);
    std::string_view part = parts.head;
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    if (separator != ' ' || !part.empty()) use(part);
  }
}

void parse_clauses(CaseReader& reader, std::string_view value) {
  for_each_part(value, ',', [&](std::string_view clause) {
    constexpr std::string_view letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";
    if (clause.empty() || clause.find_first_not_of(letters) != std::string_view::npos) {
      reader.fail(clause, "a clause such as MSG-1, and commas between clauses");
    }
    reader.program().header.clauses.emplace_back(clause);
  });
}

void parse_needs(CaseReader& reader, std::string_view value) {
  std::vector<std::string>& needs = reader.program().header.needs;
  for_each_part(value, ' ', [&](std::string_view word) {
    if (std::ranges::find(capability_words, word) == capability_words.end()) {
      reader.fail(word,
                  "a capability: virtual-time, fork, exec, alloc-fault, id-reuse, credentials, fd, "
                  "fd-count or user-range");
    }
    if (std::ranges::find(needs, word) != needs.end()) reader.fail(word, "each capability once");
    needs.emplace_back(word);
  });
}

void parse_limits(CaseReader& reader, std::string_view value) {
  SeenKeys seen;
  for_each_part(value, ' ', [&](std::string_view word) {
    const Parts parts = cut(word, '=');
    const auto limit = std::ranges::find(limit_words, parts.head);
    if (limit == limit_words.end()) {
      reader.fail(word, "tasks=N, processes=N or page=N");
    } else {
      seen.add(reader, word, static_cast<std::uint32_t>(limit - limit_words.begin()));
      reader.number32(parts.tail);
    }
  });
  reader.program().header.limits = value;
}

std::vector<std::string> parse_words(std::string_view value) {
  std::vector<std::string> words;
  for_each_part(value, ' ', [&](std::string_view word) { words.emplace_back(word); });
  return words;
}

void parse_name(CaseReader& reader, std::string_view value) {
  if (value.find_first_of(" \t") != std::string_view::npos) {
    reader.fail(value, "a name without spaces");
  }
  reader.program().header.name = value;
}

template <typename T, std::size_t count>
T parse_choice(CaseReader& reader, std::string_view value,
               const std::array<NamedWord<T>, count>& words, const char* expected) {
  const std::optional<T> choice = find_word(words, value);
  if (!choice) reader.fail(value, expected);
  return choice.value_or(words[0].value);
}

void parse_header_value(CaseReader& reader, Key key, std::string_view value) {
  CaseHeader& header = reader.program().header;
  switch (key) {
    case Key::name: parse_name(reader, value); break;
    case Key::title: header.title = value; break;
    case Key::clauses: parse_clauses(reader, value); break;
    case Key::case_class:
      header.case_class = parse_choice(reader, value, case_class_words,
                                       "contract, quirk, bug, unspecified or generated");
      break;
    case Key::abi:
      header.abi = parse_choice(reader, value, case_abi_words, "any, ilp32 or lp64");
      break;
    case Key::limits: parse_limits(reader, value); break;
    case Key::needs: parse_needs(reader, value); break;
    case Key::quirk: header.quirks = parse_words(value); break;
    case Key::bug: header.bugs = parse_words(value); break;
    case Key::ids:
      if (value != "reused") reader.fail(value, "reused");
      header.ids_reused = true;
      break;
  }
}

void parse_header_line(CaseReader& reader, SeenKeys& seen) {
  const std::string_view word = reader.lexer().next();
  const std::optional<Key> key = find_word(header_words, word);
  if (!key) {
    return reader.fail(
        word, "case:, title:, clauses:, class:, abi:, limits:, needs:, quirk:, bug: or ids:");
  }
  if (seen.has(static_cast<std::uint32_t>(*key))) {
    return reader.fail(word, "no second `" + std::string(word) + "` line");
  }
  seen.add(reader, word, static_cast<std::uint32_t>(*key));
  const std::string_view value = reader.lexer().rest_of_line();
  if (value.empty()) return reader.lexer().fail_at_next("a value for " + std::string(word));
  parse_header_value(reader, *key, value);
}

Step parse_step(CaseReader& reader) {
  Step step;
  step.line = reader.lexer().line_number();
  step.operation = parse_operation(reader);
  const std::string_view arrow = reader.lexer().next();
  if (arrow.empty()) return step;
  if (arrow != "->") reader.fail(arrow, "-> or the end of the line");
  step.expected = parse_outcomes(reader);
  return step;
}

// Room for every line, so that steps are not moved while the Program grows.
std::size_t steps_max(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
}

void parse_lines(CaseReader& reader) {
  CaseLexer& lexer = reader.lexer();
  std::vector<Step>& steps = reader.program().steps;
  SeenKeys seen;
  bool has_line = lexer.next_line();
  for (; has_line && lexer.peek().ends_with(':'); has_line = lexer.next_line()) {
    parse_header_line(reader, seen);
  }
  if (!seen.has(static_cast<std::uint32_t>(Key::name))) {
    return lexer.fail_at_next("a `case:` line before the first step");
  }
  for (; has_line; has_line = lexer.next_line()) {
    if (lexer.peek().ends_with(':')) {
      return lexer.fail_at_next("a step, since header lines stand before the first step");
    }
    steps.push_back(parse_step(reader));
  }
  if (steps.empty()) lexer.fail_at_next("at least one step");
}

}  // namespace

std::string to_string(const ParseError& error, std::string_view file) {
  return std::string(file) + ":" + std::to_string(error.line) + ":" + std::to_string(error.column) +
         ": expected " + error.expected + ", found " + error.found;
}

std::expected<Program, ParseError> parse_case(std::string_view text) {
  Program program;
  program.steps.reserve(steps_max(text));
  CaseReader reader(text, program, CaseReader::Names::checked);
  parse_lines(reader);
  if (reader.has_failed()) return std::unexpected(reader.lexer().error());
  return program;
}

std::expected<Outcome, ParseError> parse_outcome(std::string_view text, Program& program) {
  CaseReader reader(text, program, CaseReader::Names::unchecked);
  reader.lexer().next_line();
  Outcome outcome = parse_one_outcome(reader);
  if (reader.lexer().peek() == "|") reader.lexer().fail_at_next("one outcome");
  if (reader.lexer().next_line()) reader.lexer().fail_at_next("one line");
  if (reader.has_failed()) return std::unexpected(reader.lexer().error());
  return outcome;
}

}  // namespace touchstone
