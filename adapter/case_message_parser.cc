// The words of IPC_SEND_RECV_MSG: the message to send, word by word in any order, and the pointers.
#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "adapter/case_operation_parser.h"

namespace touchstone {
namespace {

enum class Key : std::uint32_t {
  type,  // and all below up to `offsets` are words of the message
  to,
  token,
  cookie,
  code,
  flag,
  time,
  data,
  data_size,
  object_count,
  offsets,
  object,
  free,
  out,
  arg,
};

constexpr std::array<NamedWord<Key>, 13> key_words{{
    {"to", Key::to},
    {"code", Key::code},
    {"token", Key::token},
    {"cookie", Key::cookie},
    {"data", Key::data},
    {"time", Key::time},
    {"free", Key::free},
    {"flag", Key::flag},
    {"data_size", Key::data_size},
    {"object_count", Key::object_count},
    {"offsets", Key::offsets},
    {"out", Key::out},
    {"arg", Key::arg},
}};

constexpr const char* word_expected =
    "a word of a message (to=, token=, cookie=, code=, flag=, time=, data=, data_size=, "
    "object_count=, offsets=, obj@N=), free=, out=, arg=, -> or the end of the line";

FreeTarget parse_free(CaseReader& reader, std::string_view text) {
  FreeTarget target;
  if (const std::optional<FreeTarget::Kind> kind = find_word(free_target_words, text)) {
    target.kind = *kind;
  } else if (text.starts_with("ptr:")) {
    const Parts parts = cut(text.substr(4), ':');
    target.kind = FreeTarget::Kind::ptr;
    target.message = reader.message(parts.head);
    target.index = reader.number32(parts.tail);
  } else if (text.starts_with("interior:")) {
    target.kind = FreeTarget::Kind::interior;
    target.message = reader.message(text.substr(9));
  } else if (text.starts_with("data:")) {
    target.kind = FreeTarget::Kind::data;
    target.message = reader.message(text.substr(5));
  } else if (starts_as_number(text)) {
    target.kind = FreeTarget::Kind::address;
    target.address = reader.number(text);
  } else {
    target.kind = FreeTarget::Kind::message;
    target.message = reader.message(text);
  }
  return target;
}

TimeValue parse_time(CaseReader& reader, std::string_view text) {
  if (starts_as_number(text)) return {.number = reader.number(text)};
  return {.kind = TimeValue::Kind::message, .message = reader.message(text)};
}

void parse_data(CaseReader& reader, std::string_view text, OutgoingMessage& message) {
  if (const std::optional<Pointer> pointer = find_word(pointer_words, text)) {
    message.data_pointer = *pointer;
  } else if (text.empty()) {
    reader.fail(text, "bytes in hexadecimal, null, bad or kernel");
  } else {
    message.data = reader.bytes(text);
  }
}

void parse_offsets(CaseReader& reader, std::string_view text, OutgoingMessage& message) {
  if (text == "null" || text == "bad") {
    message.offsets_pointer = text == "null" ? Pointer::null : Pointer::bad;
    return;
  }
  if (!starts_as_number(text)) {
    reader.fail(text, "null, bad, or numbers joined by commas");
  }
  std::vector<std::uint32_t> offsets;
  Parts parts{{}, text, true};
  while (parts.has_separator) {
    parts = cut(parts.tail, ',');
    offsets.push_back(reader.number32(parts.head));
  }
  message.offsets = std::move(offsets);
}

void parse_message_value(CaseReader& reader, Key key, std::string_view value,
                         OutgoingMessage& message) {
  switch (key) {
    case Key::to: message.to = reader.task_value(value); break;
    case Key::token: message.token = reader.number32(value); break;
    case Key::cookie: message.cookie = reader.number32(value); break;
    case Key::code: message.code = reader.number32(value); break;
    case Key::flag: message.flag = parse_message_flag(reader, value); break;
    case Key::time: message.time = parse_time(reader, value); break;
    case Key::data: parse_data(reader, value, message); break;
    case Key::data_size: message.data_size = reader.number32(value); break;
    case Key::object_count: message.object_count = reader.number32(value); break;
    case Key::offsets: parse_offsets(reader, value, message); break;
    case Key::type:
    case Key::object:
    case Key::free:
    case Key::out:
    case Key::arg: break;  // no words of the message, or not `key=value`
  }
}

// One word after the flags.
class SendReceiveWords {
 public:
  SendReceiveWords(CaseReader& reader, SendReceive& operation)
      : reader_(reader), operation_(operation) {}

  void add(std::string_view word) {
    if (word.starts_with("obj@")) {
      add_object(word);
    } else if (const auto type = parse_message_type(reader_, word)) {
      add_key(word, Key::type);
      message().type = *type;
    } else {
      add_value(word);
    }
  }

  // What only the end of the words can tell.
  void finish() {
    if (operation_.message && !has(Key::to)) reader_.lexer().fail_at_next("to= for the message");
  }

 private:
  bool has(Key key) const { return seen_.has(static_cast<std::uint32_t>(key)); }
  void add_key(std::string_view word, Key key) {
    seen_.add(reader_, word, static_cast<std::uint32_t>(key));
  }

  OutgoingMessage& message() {
    if (!operation_.message) operation_.message.emplace();
    return *operation_.message;
  }

  void require_type(std::string_view word) {
    if (has(Key::type)) return;
    reader_.fail(word,
                 "the message's type (request, reply, failed_reply, death_notify or type=N) before "
                 "its other words");
  }

  void add_object(std::string_view word) {
    require_type(word);
    message().objects.push_back(parse_outgoing_object(reader_, word));
  }

  void add_value(std::string_view word) {
    const Parts parts = cut(word, '=');
    const std::optional<Key> key = find_word(key_words, parts.head);
    if (!key || !parts.has_separator) return reader_.fail(word, word_expected);
    add_key(word, *key);
    if (*key == Key::free) {
      operation_.free = parse_free(reader_, parts.tail);
    } else if (*key == Key::out) {
      operation_.out = reader_.pointer(parts.tail);
    } else if (*key == Key::arg) {
      operation_.argument = reader_.argument(parts.tail);
    } else {
      require_type(word);
      parse_message_value(reader_, *key, parts.tail, message());
    }
  }

  CaseReader& reader_;
  SendReceive& operation_;
  SeenKeys seen_;
};

}  // namespace

std::optional<std::uint32_t> parse_message_type(CaseReader& reader, std::string_view word) {
  if (word.starts_with("type=")) return reader.number32(word.substr(5));
  const std::optional<MessageType> type = find_word(message_type_words, word);
  if (!type) return std::nullopt;
  return static_cast<std::uint32_t>(*type);
}

std::uint32_t parse_message_flag(CaseReader& reader, std::string_view text) {
  const std::optional<std::uint32_t> flag = find_word(message_flag_words, text);
  if (!flag && !starts_as_number(text)) {
    reader.fail(text, "default, oneway or a number");
  }
  return flag ? *flag : reader.number32(text);
}

SendReceive parse_send_receive(CaseReader& reader, const SendReceiveStart& start,
                               std::string_view word) {
  SendReceive operation;
  operation.caller = start.caller;
  operation.flags = start.flags;
  operation.flags_are_raw = start.flags_are_raw;
  SendReceiveWords words(reader, operation);
  for (; !word.empty(); word = reader.operation_word()) words.add(word);
  words.finish();
  return operation;
}

}  // namespace touchstone
