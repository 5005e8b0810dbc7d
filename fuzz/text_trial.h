// text_trial.h: what must hold of any text that is read as a case or as a script of user space.
// The readers and the printer are parameters, so that wrong ones can show that it is noticed.
#pragma once

#include <expected>
#include <functional>
#include <string>
#include <string_view>

#include "adapter/case_text.h"
#include "conformance/userspace/script.h"

namespace touchstone::fuzz {

struct TextFunctions {
  std::function<std::expected<Program, ParseError>(std::string_view)> parse = parse_case;
  std::function<std::string(const Program&)> print = print_case;
  std::function<std::expected<userspace::Script, ParseError>(std::string_view)> parse_script =
      userspace::parse_script;
};

struct TextVerdict {
  std::string broken_law{};     // the first, in words; empty: none
  std::string detail{};         // what shows it
  bool is_past_header = false;  // of either format: read whole, or up to a step
};

// A case that is read is printed, read again as the same Program, and printed the same; an error
// has a place in the text, and says what was expected there.
TextVerdict try_text(const TextFunctions& functions, std::string_view text);

}  // namespace touchstone::fuzz
