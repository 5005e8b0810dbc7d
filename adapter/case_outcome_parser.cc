#include "adapter/case_outcome_parser.h"

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "adapter/case_operation_parser.h"

namespace touchstone {
namespace {

using Kind = Outcome::Kind;

constexpr const char* outcome_expected =
    "an outcome: a number, a task (T1), an errno (EINVAL), blocked, crash, hang, not_run or lost";
constexpr const char* end_expected = "| or the end of the line";

enum class Key : std::uint32_t { to, token, cookie, code, flag, from, uid, gid, time, data };

constexpr std::array<NamedWord<Key>, 10> key_words{{
    {"to", Key::to},
    {"from", Key::from},
    {"uid", Key::uid},
    {"gid", Key::gid},
    {"time", Key::time},
    {"code", Key::code},
    {"token", Key::token},
    {"cookie", Key::cookie},
    {"data", Key::data},
    {"flag", Key::flag},
}};

constexpr std::array<NamedWord<Kind>, 5> bare_words{{
    {"blocked", Kind::blocked},
    {"crash", Kind::crash},
    {"hang", Kind::hang},
    {"not_run", Kind::not_run},
    {"lost", Kind::lost},
}};

// The outcome's next word, empty at `|` and at the end of the line.
std::string_view outcome_word(CaseReader& reader) {
  return reader.lexer().peek() == "|" ? std::string_view{} : reader.lexer().next();
}

void parse_sender(CaseReader& reader, std::string_view text, ReceivedMessage& message) {
  const Parts parts = cut(text, '/');
  if (!parts.has_separator) reader.fail(text, "TASK/PROCESS, e.g. T2/P2 or KERNEL/KERNEL");
  message.from_task = reader.received_task_value(parts.head);
  message.from_process = reader.received_process_value(parts.tail);
}

void parse_value(CaseReader& reader, Key key, std::string_view value, ReceivedMessage& message) {
  switch (key) {
    case Key::to: message.to = reader.received_task_value(value); break;
    case Key::token: message.token = reader.received_task_value(value); break;
    case Key::cookie: message.cookie = reader.number32(value); break;
    case Key::code: message.code = reader.number32(value); break;
    case Key::flag: message.flag = parse_message_flag(reader, value); break;
    case Key::from: parse_sender(reader, value, message); break;
    case Key::uid: message.uid = reader.number32(value); break;
    case Key::gid: message.gid = reader.number32(value); break;
    case Key::time: message.time = reader.time(value); break;
    case Key::data:
      if (value.empty()) reader.fail(value, "bytes in hexadecimal");
      message.data = reader.bytes(value);
      break;
  }
}

void require_keys(CaseReader& reader, const SeenKeys& seen) {
  for (const Key key : {Key::to, Key::from, Key::uid, Key::gid, Key::time}) {
    if (seen.has(static_cast<std::uint32_t>(key))) continue;
    const std::string name(word_of(key_words, key));
    reader.lexer().fail_at_next(name + "= for the received message");
  }
}

// What follows `0 m1=`, the type already cut off as `type`.
ReceivedMessage parse_message(CaseReader& reader, std::string_view name, std::string_view type) {
  ReceivedMessage message;
  message.name = reader.bind_message(name);
  const std::optional<MessageType> known = find_word(message_type_words, type);
  if (!known && !starts_as_number(type)) {
    reader.fail(type, "request, reply, failed_reply, death_notify or a number");
  }
  message.type = known ? static_cast<std::uint32_t>(*known) : reader.number32(type);
  SeenKeys seen;
  for (std::string_view word = outcome_word(reader); !word.empty(); word = outcome_word(reader)) {
    const Parts parts = cut(word, '=');
    const std::optional<Key> key = find_word(key_words, parts.head);
    if (word.starts_with("obj@")) {
      message.objects.push_back(parse_received_object(reader, word));
    } else if (parts.head == "defect" && parts.has_separator) {
      message.defects.push_back({std::string(parts.tail), reader.lexer().quoted()});
    } else if (key && parts.has_separator) {
      seen.add(reader, word, static_cast<std::uint32_t>(*key));
      parse_value(reader, *key, parts.tail, message);
    } else {
      reader.fail(word,
                  "a word of a received message (to=, token=, cookie=, code=, flag=, from=, uid=, "
                  "gid=, time=, data=, obj@N=, defect=), | or the end of the line");
    }
  }
  require_keys(reader, seen);
  return message;
}

// A number alone, or what a successful call gave besides its 0.
Outcome parse_number_outcome(CaseReader& reader, std::string_view first) {
  Outcome outcome;
  const std::string_view word = outcome_word(reader);
  if (word.empty()) {
    const bool is_negative = first[0] == '-';
    const std::uint64_t largest = 0x7fffffffffffffffu + (is_negative ? 1 : 0);
    const std::uint64_t magnitude = reader.number(first.substr(is_negative ? 1 : 0), largest);
    outcome.value = static_cast<std::int64_t>(is_negative ? 0 - magnitude : magnitude);
    return outcome;
  }
  const Parts parts = cut(word, '=');
  if (first != "0" || !parts.has_separator) {
    reader.fail(word, first == "0" ? "service=, version=, MESSAGE=TYPE, | or the end of the line"
                                   : end_expected);
  } else if (parts.head == "service") {
    outcome.kind = Kind::service;
    outcome.task = reader.received_task_value(parts.tail);
  } else if (parts.head == "version") {
    outcome.kind = Kind::version;
    outcome.value = static_cast<std::int64_t>(reader.number32(parts.tail));
  } else {
    outcome.kind = Kind::message;
    outcome.message = parse_message(reader, parts.head, parts.tail);
  }
  return outcome;
}

}  // namespace

Outcome parse_one_outcome(CaseReader& reader) {
  const std::string_view word = outcome_word(reader);
  Outcome outcome;
  if (word.empty()) {
    reader.lexer().fail_at_next(outcome_expected);
    return outcome;
  }
  if (starts_as_number(word) || word[0] == '-') {
    outcome = parse_number_outcome(reader, word);
  } else if (const std::optional<Kind> kind = find_word(bare_words, word)) {
    outcome.kind = *kind;
    const bool has_reason = *kind == Kind::not_run || *kind == Kind::lost;
    if (has_reason) outcome.reason = reader.lexer().quoted();
  } else if (word[0] == 'T') {
    outcome.kind = Kind::task;
    outcome.task = reader.task_value(word);
  } else if (const std::optional<std::int64_t> number = errno_number(std::string(word))) {
    outcome.kind = Kind::error;
    outcome.value = *number;
  } else {
    reader.fail(word, outcome_expected);
  }
  const std::string_view extra = outcome_word(reader);
  if (!extra.empty()) reader.fail(extra, end_expected);
  return outcome;
}

std::vector<Outcome> parse_outcomes(CaseReader& reader) {
  std::vector<Outcome> outcomes;
  outcomes.push_back(parse_one_outcome(reader));
  while (reader.lexer().peek() == "|") {
    reader.lexer().next();
    outcomes.push_back(parse_one_outcome(reader));
  }
  return outcomes;
}

}  // namespace touchstone
