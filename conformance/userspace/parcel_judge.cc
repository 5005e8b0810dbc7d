#include "conformance/userspace/parcel_judge.h"

#include <fmt/format.h>

#include <algorithm>

#include "conformance/userspace/parcel_explain.h"
#include "conformance/userspace/parcel_text.h"
#include "conformance/userspace/shown.h"

namespace touchstone::userspace {
namespace {

using parcel::Refusal;
using Result = ParcelShown::Result;
using Kind = ChildEnd::Kind;

constexpr std::size_t text_letters_max = 400;

bool is_as_expected(const std::vector<ParcelExpectation>& alternatives, const ParcelShown& got) {
  return alternatives.empty() ||
         std::ranges::any_of(alternatives, [&got](const ParcelExpectation& expected) {
           return differing(expected, got).empty();
         });
}

bool has_died(const PlayedParcel& played) {
  return played.end == Kind::died || played.end == Kind::silent;
}

PlayedStep played_step(const ParcelCase& one, const PlayedParcel& played, std::size_t index) {
  PlayedStep step;
  if (index < played.shown.size()) {
    step.shown = shown_of(one.operations[index], played.shown[index], one.data_model);
  } else {
    step.kind = played.end == Kind::silent ? PlayedStep::Kind::hang : PlayedStep::Kind::crash;
    step.reason = played.reason;
  }
  return step;
}

std::string shortened(std::string text) {
  if (text.size() <= text_letters_max) return text;
  return fmt::format("{}... ({} letters)", text.substr(0, text_letters_max), text.size());
}

std::string expected_text(const ParcelCase& one, std::size_t index) {
  std::string text;
  for (const ParcelExpectation& expected : one.expected[index]) {
    if (!text.empty()) text += " | ";
    text += expectation_text(one.operations[index], expected, one.data_model);
  }
  return shortened(std::move(text));
}

// What came, in the keys that something was stated of.
std::string got_text(const ParcelCase& one, const PlayedParcel& played, std::size_t index) {
  if (index >= played.shown.size()) return played.end == Kind::silent ? "hang" : "crash";
  ParcelExpectation got;
  got.shown = played.shown[index];
  if (!one.expected[index].empty()) got.stated = one.expected[index].front().stated;
  return shortened(expectation_text(one.operations[index], got, one.data_model));
}

std::string state_text(const ParcelCase& one, std::size_t index) {
  const ParcelStory story =
      tell_story(one.api, one.data_model, std::span(one.operations).first(index + 1));
  const ParcelState& state = story.moments.back().before;
  return fmt::format("used={} left={} entries={} entries_left={} flag={}", state.used, state.left,
                     state.entries, state.entries_left, state.flag);
}

// What follows such a refusal is not known of another right implementation.
bool leaves_rest_open(const ParcelOperation& operation, Refusal refusal) {
  const bool has_slots =
      operation.type == ParcelType::bool_vector || operation.type == ParcelType::int16_vector;
  switch (refusal) {
    case Refusal::bytes_unsendable:
    case Refusal::received: return true;
    case Refusal::string16_unsendable: return operation.source == ParcelOperation::Source::null;
    case Refusal::no_room_for_elements:
    case Refusal::vector_cut_off: return has_slots;
    default: return false;
  }
}

bool is_unmade(const ParcelMoment& moment) {
  return moment.refusal == Refusal::bad_init || moment.refusal == Refusal::table_too_large;
}

// PCL-61: the string may be refused for want of its NUL.
std::optional<ParcelExpectation> without_string(const ParcelExpectation& expected,
                                                std::span<const std::byte> message) {
  const ParcelShown& shown = expected.shown;
  if (shown.result != Result::place || !shown.at) return std::nullopt;
  const std::uint64_t end = *shown.at + shown.bytes.size();
  if (end < message.size() && message[end] == std::byte{0}) return std::nullopt;
  ParcelExpectation other = expected;
  other.shown.result = Result::null;
  other.shown.at.reset();
  other.shown.bytes.clear();
  return other;
}

ParcelAspects aspects_of(const ParcelOperation& operation, const ParcelMoment& moment) {
  if (operation.verb == ParcelVerb::init && is_unmade(moment)) {
    if (moment.refusal == Refusal::bad_init) return {ParcelAspect::available};
    return {ParcelAspect::left, ParcelAspect::entries_left, ParcelAspect::flag,
            ParcelAspect::available};
  }
  ParcelAspects stated = state_aspects;
  stated.add(ParcelAspect::result);
  if (moment.shown.at) stated.add(ParcelAspect::at);
  if (operation.verb == ParcelVerb::pop) stated.add(ParcelAspect::count);
  return stated;
}

}  // namespace

std::optional<ParcelFinding> first_finding(const ParcelCase& one, const PlayedParcel& played) {
  const auto finding_at = [&](std::size_t index, const ParcelShown* got) {
    const ParcelExpectation anything;
    const auto& alternatives = one.expected[index];
    const ParcelExpectation& expected = alternatives.empty() ? anything : alternatives.front();
    return ParcelFinding{index, clause_of({one.api, one.data_model, one.operations, index, expected,
                                           got, played.end, played.reason})};
  };
  for (std::size_t index = 0; index < played.shown.size(); ++index) {
    const ParcelShown& got = played.shown[index];
    if (!got.lacks.empty()) return std::nullopt;
    if (!is_as_expected(one.expected[index], got)) return finding_at(index, &got);
  }
  if (!has_died(played)) return std::nullopt;
  return finding_at(std::min(played.shown.size(), one.operations.size() - 1), nullptr);
}

bool is_accounted_for(const ParcelCase& one, const PlayedParcel& played) {
  if (played.shown.size() == one.operations.size() || played.end != Kind::finished) return true;
  return !played.shown.empty() && !played.shown.back().lacks.empty();
}

ParcelCase case_of_reference(ParcelApi api, DataModel data_model, ParcelSequence operations) {
  ParcelCase one{api, data_model, std::move(operations), {}};
  const ParcelStory story = tell_story(api, data_model, one.operations);
  std::span<const std::byte> message;
  for (std::size_t index = 0; index < one.operations.size(); ++index) {
    const ParcelOperation& operation = one.operations[index];
    const ParcelMoment& moment = story.moments[index];
    if (operation.verb == ParcelVerb::message) message = operation.bytes;
    ParcelExpectation expected;
    expected.shown = moment.shown;
    expected.stated = aspects_of(operation, moment);
    if (operation.verb == ParcelVerb::show_data) {
      // By what fills the data then: a later init makes it anew.
      const auto so_far = std::span(one.operations).first(index + 1);
      expected.mask = mask_of(tell_story(api, data_model, so_far));
    }
    const bool is_bool =
        operation.type == ParcelType::boolean || operation.type == ParcelType::bool_unaligned;
    // PCL-56: what the message has there is neither 0 nor 1.
    const std::uint64_t low = moment.word_ahead & 0xff;
    expected.is_any_true =
        operation.verb == ParcelVerb::pop && is_bool && low > 1 && moment.refusal == Refusal::none;
    one.expected.push_back({expected});
    if (operation.verb == ParcelVerb::pop && operation.type == ParcelType::string) {
      if (auto other = without_string(expected, message)) one.expected.back().push_back(*other);
    }
    if (!leaves_rest_open(operation, moment.refusal) && !is_unmade(moment)) continue;
    one.operations.resize(index + 1);
    break;
  }
  return one;
}

std::vector<std::string> clauses_of(const ParcelCase& one) {
  std::vector<std::string> clauses;
  const auto add = [&clauses](const std::string& clause) {
    const bool is_new = std::ranges::find(clauses, clause) == clauses.end();
    if (!clause.empty() && is_new) clauses.push_back(clause);
  };
  const ParcelStory story = tell_story(one.api, one.data_model, one.operations);
  for (std::size_t index = 0; index < one.operations.size(); ++index) {
    const ParcelOperation& operation = one.operations[index];
    if (operation.verb == ParcelVerb::init) add("PCL-1");
    if (operation.verb == ParcelVerb::message) add("PCL-5");
    const bool is_value = operation.verb == ParcelVerb::push || operation.verb == ParcelVerb::pop;
    if (story.moments[index].refusal != Refusal::none) {
      add(parcel::clause_of(story.moments[index].refusal));
    } else if (is_value) {
      add(slot_clause(one.api, operation.type));
    }
    if (operation.verb == ParcelVerb::free_buffers) add("PCL-47");
  }
  return clauses;
}

Difference ParcelJudge::difference_at(const ParcelCase& one, const PlayedParcel& played,
                                      const ParcelFinding& finding) const {
  Difference difference;
  difference.operation =
      shortened(print_parcel_operation(one.operations[finding.index], one.data_model));
  difference.clause = finding.clause;
  if (const Clause* clause = catalogue_.find(finding.clause)) {
    difference.sentence = clause->sentence;
  }
  difference.expected = expected_text(one, finding.index);
  difference.got = got_text(one, played, finding.index);
  if (finding.index >= played.shown.size()) difference.note = played.reason;
  difference.state = state_text(one, finding.index);
  return difference;
}

void ParcelJudge::judge(const ParcelCase& one, const PlayedParcel& played, std::uint32_t line,
                        CaseResult& result) const {
  result.captured = played.captured;
  if (played.end == Kind::not_started) {
    result.verdict = Verdict::backend_lost;
    result.reason = played.reason;
    return;
  }
  const auto finding = first_finding(one, played);
  if (!finding && !is_accounted_for(one, played)) {
    result.verdict = Verdict::broken;
    result.reason =
        fmt::format("{} of {} operations were played", played.shown.size(), one.operations.size());
    return;
  }
  if (!finding) {
    if (played.shown.empty() || played.shown.back().lacks.empty()) return;
    result.verdict = Verdict::unsupported;
    result.missing.push_back(played.shown.back().lacks);
    result.reason = "needs " + result.missing.front();
    return;
  }
  for (std::size_t index = 0; index < one.operations.size(); ++index) {
    const std::string text =
        shortened(print_parcel_operation(one.operations[index], one.data_model));
    const bool is_reached = index <= played.shown.size();
    result.steps.push_back(
        {line, text, expected_text(one, index), is_reached ? got_text(one, played, index) : ""});
  }
  Difference difference = difference_at(one, played, *finding);
  difference.line = line;
  const PlayedStep step = played_step(one, played, finding->index);
  if (const LegacyRow* row = profile_.row_for(finding->clause, step)) {
    difference.role = Difference::Role::tolerated;
    result.verdict = Verdict::quirk;
    result.reason = fmt::format("tolerated: {} ({})", row->defect, row->clause);
    result.tolerated.push_back({row->clause, row->defect, row->outcome_text, row->reason, false});
  } else {
    result.verdict = finding->index < played.shown.size() ? Verdict::fail
                     : played.end == Kind::silent         ? Verdict::timeout
                                                          : Verdict::crash;
    result.reason = fmt::format("{}: expected {}, got {} ({})", difference.operation,
                                difference.expected, difference.got, difference.clause);
  }
  result.differences.push_back(std::move(difference));
}

}  // namespace touchstone::userspace
