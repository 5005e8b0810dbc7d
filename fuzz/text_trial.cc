#include "fuzz/text_trial.h"

#include <algorithm>
#include <vector>

namespace touchstone::fuzz {
namespace {

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    lines.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return lines;
}

bool is_step(std::string_view line) {
  const std::size_t colon = line.find(':');
  const std::size_t space = line.find_first_of(" \t");
  return !line.empty() && line.front() != '#' && space != line.npos && space < colon;
}

// An expectation keeps its reason and its message, which are not all of what judging compares.
bool same_expectation(const Outcome& left, const Outcome& right) {
  return same_outcome(left, right) && left.message == right.message && left.reason == right.reason;
}

// The line is not the same: empty ones and comments are not printed.
bool same_step(const Step& left, const Step& right) {
  return left.operation == right.operation &&
         std::ranges::equal(left.expected, right.expected, same_expectation);
}

bool same_program(const Program& left, const Program& right) {
  return left.header == right.header && left.message_names == right.message_names &&
         std::ranges::equal(left.steps, right.steps, same_step);
}

class Trial {
 public:
  Trial(const TextFunctions& functions, std::string_view text)
      : functions_(functions), text_(text), lines_(lines_of(text)) {}

  TextVerdict run() {
    try_case();
    try_script();
    return std::move(verdict_);
  }

 private:
  void break_law(std::string law, std::string detail) {
    if (verdict_.broken_law.empty()) verdict_.broken_law = std::move(law);
    if (verdict_.detail.empty()) verdict_.detail = std::move(detail);
  }

  void try_case() {
    const auto program = functions_.parse(text_);
    if (!program) return try_error("case", program.error());
    verdict_.is_past_header = true;
    const std::string printed = functions_.print(*program);
    const auto again = functions_.parse(printed);
    if (!again) {
      return break_law("what is printed cannot be read",
                       printed + "\n" + to_string(again.error(), "printed"));
    }
    if (!same_program(*program, *again)) {
      return break_law("what is printed is read as another Program", printed);
    }
    if (functions_.print(*again) != printed) {
      return break_law("another text the second time", printed + "\n" + functions_.print(*again));
    }
  }

  void try_script() {
    const auto script = functions_.parse_script(text_);
    if (!script) return try_error("script", script.error());
    verdict_.is_past_header = true;
    for (const userspace::ScriptStep& step : script->steps) {
      const bool has_place = step.line >= 1 && step.line <= lines_.size();
      if (!has_place) return break_law("a step of a script has no line", step.text);
      if (step.words.empty()) return break_law("a step of a script has no words", step.text);
    }
  }

  void try_error(const std::string& format, const ParseError& error) {
    const std::string shown = to_string(error, "text");
    if (error.expected.empty()) break_law("an error of a " + format + " expects nothing", shown);
    if (error.line < 1 || error.line > lines_.size() + 1) {
      return break_law("an error of a " + format + " has no line", shown);
    }
    const std::size_t letters =
        error.line <= lines_.size() ? lines_[error.line - 1].size() : std::size_t{0};
    if (error.column < 1 || error.column > letters + 1) {
      return break_law("an error of a " + format + " has no column", shown);
    }
    const auto before = lines_.begin() + static_cast<std::ptrdiff_t>(error.line - 1);
    if (std::any_of(lines_.begin(), before, is_step)) verdict_.is_past_header = true;
  }

  const TextFunctions& functions_;
  std::string_view text_;
  std::vector<std::string_view> lines_;
  TextVerdict verdict_;
};

}  // namespace

TextVerdict try_text(const TextFunctions& functions, std::string_view text) {
  return Trial(functions, text).run();
}

}  // namespace touchstone::fuzz
