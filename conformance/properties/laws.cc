#include "conformance/properties/laws.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include "adapter/case_text.h"
#include "adapter/executor.h"

namespace touchstone {
namespace {

// EPERM: no clause knows it.
constexpr std::int64_t unknown_errno = 1;

bool same_expectation(const Outcome& left, const Outcome& right) {
  return same_outcome(left, right) && left.message == right.message && left.reason == right.reason;
}

bool same_step(const Step& left, const Step& right) {
  return left.operation == right.operation &&
         std::ranges::equal(left.expected, right.expected, same_expectation);
}

// Which of a message's fields to falsify, in ways that no clause leaves open.
Outcome wrong_message(const Outcome& outcome, std::uint32_t choice) {
  Outcome wrong = outcome;
  ReceivedMessage& message = wrong.message;
  constexpr std::uint32_t ways = 14;
  switch (choice % ways) {
    case 0: message.type = message.type == 0 ? 1 : 0; break;
    case 1: message.to = {TaskValue::Kind::number, 77}; break;
    case 2: message.token = {TaskValue::Kind::number, message.token.value ^ 64}; break;
    case 3: message.cookie ^= 1; break;
    case 4: message.code ^= 0x80000000; break;
    case 5: message.flag ^= 1; break;
    case 6: message.from_task = {TaskValue::Kind::number, 77}; break;
    case 7: message.from_process = {TaskValue::Kind::kernel, 0}; break;
    case 8: message.uid ^= 1; break;
    case 9: message.gid ^= 1; break;
    case 10: message.data.push_back(std::byte{0}); break;
    case 11: message.defects.push_back({"RCV-17", "a defect"}); break;
    case 12:
      if (message.data.empty()) {
        message.cookie ^= 2;
      } else {
        message.data[choice / ways % message.data.size()] ^= std::byte{1};
      }
      break;
    default:
      if (message.objects.empty()) {
        message.objects.push_back({});
      } else {
        message.objects.pop_back();
      }
      break;
  }
  return wrong;
}

// The time of another message: no two messages that are not a request and its reply share one.
bool take_a_strange_time(const Written& written, std::size_t step, Outcome& outcome) {
  for (std::size_t earlier = 0; earlier < step; ++earlier) {
    const Outcome& other = written.outcomes[earlier];
    if (other.kind != Outcome::Kind::message) continue;
    if (other.message.time == outcome.message.time) continue;
    outcome.message.time = other.message.time;
    return true;
  }
  return false;
}

void falsify(ReceivedObject& object, std::uint32_t choice) {
  if (choice % 4 == 0) {
    ++object.offset;
    return;
  }
  switch (object.kind) {
    case ObjectKind::fd:
      object.descriptor = DescriptorName{std::to_underlying(object.descriptor) + 50};
      break;
    case ObjectKind::ptr: object.bytes.push_back(std::byte{0}); break;
    case ObjectKind::svc:
      if (choice % 4 == 1) object.token ^= 8;
      if (choice % 4 == 2) object.cookie ^= 8;
      if (choice % 4 == 3) object.handle = {TaskValue::Kind::number, 77};
      break;
    case ObjectKind::other: ++object.type; break;
  }
}

Outcome of_kind(Outcome::Kind kind, std::int64_t value) {
  Outcome outcome;
  outcome.kind = kind;
  outcome.value = value;
  return outcome;
}

// None of these errors stands beside another in any clause.
Outcome not_this_error(std::int64_t error, std::uint32_t choice) {
  constexpr std::int64_t bad_descriptor = 9;
  constexpr std::int64_t exists = 17;
  constexpr std::int64_t timed_out = 62;
  switch (choice % 4) {
    case 0: return of_kind(Outcome::Kind::value, 0);
    case 1: return of_kind(Outcome::Kind::blocked, 0);
    case 2: return of_kind(Outcome::Kind::error, error == exists ? bad_descriptor : exists);
    default: return of_kind(Outcome::Kind::error, error == timed_out ? bad_descriptor : timed_out);
  }
}

}  // namespace

std::optional<std::string> first_difference(const Program& program,
                                            const std::vector<Outcome>& expected,
                                            const std::vector<Outcome>& got) {
  for (std::size_t step = 0; step < expected.size(); ++step) {
    if (step >= got.size()) return "step " + std::to_string(step + 1) + " was not run";
    if (same_outcome(expected[step], got[step])) continue;
    return "step " + std::to_string(step + 1) + ", " +
           print_operation(program.steps[step].operation, program) + ": the reference gave " +
           print_outcome(expected[step], program) + ", this " + print_outcome(got[step], program);
  }
  if (got.size() > expected.size()) return "more outcomes than steps";
  return std::nullopt;
}

std::optional<std::string> difference_on(const Written& written, Backend& backend) {
  return first_difference(written.program, written.outcomes, execute(written.program, backend));
}

std::optional<std::string> text_difference(const Program& program) {
  if (program.steps.empty()) return std::nullopt;  // no text has no steps
  const std::string text = print_case(program);
  const auto parsed = parse_case(text);
  if (!parsed) return to_string(parsed.error(), "text");
  if (parsed->header != program.header) return "another header";
  if (parsed->message_names != program.message_names) return "other message names";
  if (parsed->steps.size() != program.steps.size()) return "another number of steps";
  for (std::size_t step = 0; step < program.steps.size(); ++step) {
    if (same_step(parsed->steps[step], program.steps[step])) continue;
    return "step " + std::to_string(step + 1) +
           " was read as another: " + print_operation(parsed->steps[step].operation, *parsed);
  }
  if (print_case(*parsed) != text) return "another text the second time";
  return std::nullopt;
}

std::optional<Outcome> wrong_outcome(const Written& written, std::size_t step,
                                     std::uint32_t choice) {
  const Outcome& outcome = written.outcomes[step];
  using Kind = Outcome::Kind;
  constexpr std::array strange{Kind::crash, Kind::hang, Kind::error};
  if (choice % 8 == 0) return of_kind(strange[choice / 8 % strange.size()], unknown_errno);
  switch (outcome.kind) {
    case Kind::value: return of_kind(Kind::value, outcome.value + 4711);
    case Kind::error: return not_this_error(outcome.value, choice / 8);
    case Kind::blocked: return of_kind(Kind::error, unknown_errno);
    case Kind::version: return of_kind(Kind::version, outcome.value + 1);
    case Kind::task:
    case Kind::service: {
      Outcome wrong = outcome;
      wrong.task = {TaskValue::Kind::number, 77};
      return wrong;
    }
    case Kind::message: {
      Outcome wrong = outcome;
      if (choice % 8 == 1 && take_a_strange_time(written, step, wrong)) return wrong;
      if (choice % 8 == 2 && !wrong.message.objects.empty()) {
        falsify(wrong.message.objects.front(), choice / 8);
        return wrong;
      }
      return wrong_message(outcome, choice / 8);
    }
    case Kind::crash:
    case Kind::hang:
    case Kind::not_run:
    case Kind::lost: break;
  }
  return std::nullopt;
}

}  // namespace touchstone
