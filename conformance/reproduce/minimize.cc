#include "conformance/reproduce/minimize.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "conformance/reproduce/case_needs.h"
#include "conformance/reproduce/minimize_engine.h"

namespace touchstone {
namespace {

// "0 m1=request to=cms ..." is "a request".
std::string short_answer(std::string_view answer) {
  const std::size_t equals = answer.find('=');
  const bool is_message = answer.starts_with("0 ") && equals != std::string_view::npos &&
                          !answer.starts_with("0 service=") && !answer.starts_with("0 version=");
  if (!is_message) return std::string(answer);
  const std::string_view type = answer.substr(equals + 1);
  return fmt::format("a {}", type.substr(0, type.find(' ')));
}

std::string title_of(const Difference& difference) {
  const std::string expected = short_answer(difference.expected);
  const std::string got = short_answer(difference.got);
  if (expected == got) return fmt::format("{} expected, got one with other contents", expected);
  return fmt::format("{} expected, got {}", expected, got);
}

CaseHeader header_of(const Wrong& wrong) {
  CaseHeader header = wrong.program.header;
  header.needs = needs_of(wrong.program);
  header.clauses.clear();
  header.title = wrong.ruling.reason;
  const Difference* difference = deciding_difference(wrong.ruling.differences);
  if (difference == nullptr) return header;
  header.title = title_of(*difference);
  if (!difference->clause.empty()) header.clauses = {difference->clause};
  return header;
}

// A case as it is minimised: what it expects, and of whom, is no part of it.
Program plain_case(const Program& program) {
  Program plain = program;
  if (plain.header.case_class != CaseClass::generated) {
    plain.header.case_class = CaseClass::contract;
  }
  plain.header.needs.clear();
  plain.header.quirks.clear();
  plain.header.bugs.clear();
  plain.header.limits.clear();
  return plain;
}

// A hang is waited for in every attempt.
PlayOptions quicker(const PlayOptions& options, const Wrong& wrong) {
  constexpr std::chrono::milliseconds hang{300};
  PlayOptions quick = options;
  if (wrong.ruling.verdict == Verdict::timeout) quick.step_time = std::min(quick.step_time, hang);
  return quick;
}

}  // namespace

std::optional<Minimized> minimize(const Program& program, BackendFactory& backend,
                                  const Judge& judge, const MinimizeOptions& options) {
  const Program plain = plain_case(program);
  const CaseClass judged_as = plain.header.case_class;
  std::optional<Wrong> first = find_difference(plain, backend, judge, options.difference);
  if (!first) return std::nullopt;
  const PlayOptions quick = quicker(options.difference, *first);
  const std::string manner = first->manner;
  Wrong last = *first;
  const auto trial = [&](const Program& candidate) -> std::optional<Program> {
    Program one = candidate;
    one.header.case_class = judged_as;
    std::optional<Wrong> wrong = find_difference(one, backend, judge, quick);
    if (!wrong || wrong->manner != manner) return std::nullopt;
    last = *std::move(wrong);
    return last.program;
  };
  Shrunk shrunk = shrink_program(first->program, trial, {options.attempts_max, options.time_max});
  // Once more under its final names; a hang with all the time that it may take.
  shrunk.program.header.case_class = judged_as;
  std::optional<Wrong> again = find_difference(shrunk.program, backend, judge, options.difference);
  const bool is_the_same = again && again->manner == manner;
  Minimized minimized{{}, is_the_same ? *std::move(again) : std::move(last), shrunk.attempts};
  minimized.wrong.program.header = header_of(minimized.wrong);
  minimized.program = minimized.wrong.program;
  return minimized;
}

}  // namespace touchstone
