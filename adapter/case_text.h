// case_text.h: `.case` text to Program and back.  parse_case(print_case(p)) gives p again.
// The grammar is spec/case-format.md; this knows no backend and judges nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "adapter/program.h"

namespace touchstone {

struct ParseError {
  std::uint32_t line = 0;    // from 1
  std::uint32_t column = 0;  // from 1, in bytes
  std::string expected;      // what was expected there, e.g. "a task name such as T1"
  std::string found;         // the word that stood there, or "end of line"
};

// "FILE:LINE:COLUMN: expected ..., found ..."
std::string to_string(const ParseError& error, std::string_view file);

// Reads one whole case.  Nothing is guessed: an unknown key, a duplicate key, a name used before it
// can mean anything, or a number out of range is an error with its place.
std::expected<Program, ParseError> parse_case(std::string_view text);

// One outcome (no alternatives), as it stands after `->`; used for results that cross a process
// boundary.  `program` gives and takes message names.
std::expected<Outcome, ParseError> parse_outcome(std::string_view text, Program& program);

// The whole case, arrows aligned, ending in a newline.
std::string print_case(const Program& program);
std::string print_operation(const Operation& operation, const Program& program);
std::string print_outcome(const Outcome& outcome, const Program& program);

}  // namespace touchstone
