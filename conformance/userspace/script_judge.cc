#include "conformance/userspace/script_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "conformance/userspace/shown.h"

namespace touchstone::userspace {
namespace {

using Kind = PlayedStep::Kind;

bool is_as_stated(const ScriptStep& step, const PlayedStep& played) {
  if (played.kind == Kind::crash) {
    return std::ranges::any_of(step.expected, [](const Stated& one) { return one.is_crash; });
  }
  if (played.kind != Kind::shown) return false;
  return step.expected.empty() || std::ranges::any_of(step.expected, [&played](const Stated& one) {
           return shows(played.shown, one);
         });
}

Verdict verdict_of(const PlayedStep& played) {
  switch (played.kind) {
    case Kind::crash: return Verdict::crash;
    case Kind::hang: return Verdict::timeout;
    case Kind::lost: return Verdict::backend_lost;
    case Kind::lacking: return Verdict::unsupported;
    case Kind::malformed: return Verdict::broken;
    case Kind::shown: return Verdict::fail;
  }
  return Verdict::broken;
}

// What the player says of a step that it does not understand, with the step's place.
ParseError in_file(const ScriptStep& step, const StepError& error) {
  const std::uint32_t column = error.column == 0 ? step.words.front().column : error.column;
  return {step.line, column, error.expected, error.found};
}

std::string note_on(const ScriptStep& step, const PlayedStep& played) {
  if (played.kind != Kind::shown) return played.reason;
  const Argument* missing = first_not_shown(played.shown, step.expected);
  return missing == nullptr ? "" : fmt::format("`{}` is not shown", missing->key);
}

// A crash that the case states is its end.
bool was_played_whole(const Script& script, const PlayedScript& played) {
  if (played.steps.size() == script.steps.size()) return true;
  return !played.steps.empty() && played.steps.back().kind == Kind::crash;
}

std::string in_one_line(const Difference& difference) {
  return fmt::format("line {}: expected {}, got {} ({})", difference.line, difference.expected,
                     difference.got, difference.clause);
}

}  // namespace

std::string clause_of(const Script& script, const ScriptStep& step) {
  if (!step.clause.empty()) return step.clause;
  return script.header.clauses.empty() ? "" : script.header.clauses.front();
}

std::string got_text(const PlayedStep& step) {
  switch (step.kind) {
    case Kind::shown: return text_of(step.shown);
    case Kind::lacking: return "no function " + step.shown.lacks;
    case Kind::crash: return "crash";
    case Kind::hang: return "hang";
    case Kind::lost: return "lost";
    case Kind::malformed: return {};
  }
  return {};
}

Difference ScriptJudge::difference_at(const Script& script, const PlayedScript& played,
                                      std::size_t index) const {
  const ScriptStep& step = script.steps[index];
  const PlayedStep& got = played.steps[index];
  Difference difference;
  difference.line = step.line;
  difference.operation = step.text;
  difference.clause = clause_of(script, step);
  if (const Clause* clause = catalogue_.find(difference.clause)) {
    difference.sentence = clause->sentence;
  }
  difference.expected = step.expected.empty() ? "that it comes back" : step.expected_text;
  difference.got = got.kind == Kind::shown ? text_of(got.shown, step.expected) : got_text(got);
  difference.note = note_on(step, got);
  if (index > 0) difference.state = played.steps[index - 1].state_after;
  return difference;
}

std::expected<ScriptRuling, ParseError> ScriptJudge::judge(const Script& script,
                                                           const PlayedScript& played) const {
  ScriptRuling result;
  Ruling& ruling = result.ruling;
  for (std::size_t index = 0; index < played.steps.size(); ++index) {
    const ScriptStep& step = script.steps[index];
    const PlayedStep& got = played.steps[index];
    if (is_as_stated(step, got)) continue;
    const bool is_decided = !ruling.differences.empty();
    // After a step that differs, what one lacks or does not understand follows from that.
    if (is_decided && (got.kind == Kind::lacking || got.kind == Kind::malformed)) break;
    if (got.kind == Kind::malformed) return std::unexpected(in_file(step, got.error));
    if (got.kind == Kind::lacking || got.kind == Kind::lost) {
      ruling.verdict = verdict_of(got);
      result.lacks = got.shown.lacks;
      ruling.reason = got.kind == Kind::lost ? got.reason : "needs " + got.shown.lacks;
      break;
    }
    ruling.differences.push_back(difference_at(script, played, index));
    Difference& difference = ruling.differences.back();
    if (is_decided) {
      difference.role = Difference::Role::further;
      continue;
    }
    if (const LegacyRow* row = profile_.row_for(difference.clause, got)) {
      difference.role = Difference::Role::tolerated;
      ruling.verdict = Verdict::quirk;
      ruling.reason = fmt::format("tolerated: {} ({})", row->defect, row->clause);
      ruling.tolerated.push_back({row->clause, row->defect, row->outcome_text, row->reason, false});
      break;
    }
    ruling.verdict = verdict_of(got);
    ruling.reason = in_one_line(difference);
  }
  if (ruling.verdict == Verdict::pass && !was_played_whole(script, played)) {
    ruling.verdict = Verdict::broken;
    ruling.reason =
        fmt::format("{} of {} steps were played", played.steps.size(), script.steps.size());
  }
  return result;
}

}  // namespace touchstone::userspace
