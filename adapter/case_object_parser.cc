// Objects in messages: `obj@OFF=fd:...`, `ptr:...`, `svc:...` and `type:N`, to send and received.
#include <string>

#include "adapter/case_operation_parser.h"

namespace touchstone {
namespace {

struct ObjectWord {
  std::uint32_t offset = 0;
  std::string_view kind;     // before the colon
  std::string_view value;    // up to the first slash
  std::string_view options;  // `key=value` joined by slashes
  bool has_options = false;
};

// `obj@OFF=KIND:VALUE[/key=value...]`; the caller has seen `obj@`.
ObjectWord parse_object_word(CaseReader& reader, std::string_view word) {
  const Parts place = cut(word.substr(4), '=');
  const Parts body = cut(place.tail, '/');
  const Parts kind = cut(body.head, ':');
  if (!place.has_separator || !kind.has_separator) {
    reader.fail(word, "obj@OFFSET= and fd:, ptr:, svc: or type: with a value");
    return {};
  }
  return {.offset = reader.number32(place.head),
          .kind = kind.head,
          .value = kind.tail,
          .options = body.tail,
          .has_options = body.has_separator};
}

// Reads every option with `read(key, value, whole)`, which says whether it knows the key.
template <typename Read>
void parse_options(CaseReader& reader, const ObjectWord& word, const char* expected, Read read) {
  Parts rest{{}, word.options, word.has_options};
  while (rest.has_separator) {
    rest = cut(rest.tail, '/');
    const Parts option = cut(rest.head, '=');
    if (!read(option.head, option.tail, rest.head)) reader.fail(rest.head, expected);
  }
}

void parse_no_options(CaseReader& reader, const ObjectWord& word) {
  parse_options(reader, word, "no `/` after this object",
                [](std::string_view, std::string_view, std::string_view) { return false; });
}

template <typename Object>
void parse_service_options(CaseReader& reader, const ObjectWord& word, Object& object) {
  SeenKeys seen;
  parse_options(reader, word, "/token=N or /cookie=N",
                [&](std::string_view key, std::string_view value, std::string_view whole) {
                  const bool is_token = key == "token";
                  if (!is_token && key != "cookie") return false;
                  seen.add(reader, whole, is_token ? 1 : 0);
                  (is_token ? object.token : object.cookie) = reader.number32(value);
                  return true;
                });
}

void parse_outgoing_buffer(CaseReader& reader, const ObjectWord& word, OutgoingObject& object) {
  if (const std::optional<Pointer> pointer = find_word(pointer_words, word.value)) {
    object.pointer = *pointer;
  } else {
    object.bytes = reader.bytes(word.value);
  }
  parse_options(reader, word, "one /size=N",
                [&](std::string_view key, std::string_view value, std::string_view) {
                  if (key != "size" || object.stated_size) return false;
                  object.stated_size = reader.number32(value);
                  return true;
                });
}

void parse_origin(CaseReader& reader, const ObjectWord& word, ReceivedObject& object) {
  parse_options(reader, word, "one /of=PROCESS.DESCRIPTOR",
                [&](std::string_view key, std::string_view value, std::string_view) {
                  if (key != "of" || object.origin) return false;
                  const Parts parts = cut(value, '.');
                  if (!parts.has_separator) reader.fail(value, "PROCESS.DESCRIPTOR such as P2.F1");
                  const ProcessName process = reader.process(parts.head);
                  object.origin = FileOrigin{process, reader.sent_descriptor(parts.tail)};
                  return true;
                });
}

constexpr const char* kind_expected = "fd:, ptr:, svc: or type:";

}  // namespace

OutgoingObject parse_outgoing_object(CaseReader& reader, std::string_view text) {
  const ObjectWord word = parse_object_word(reader, text);
  OutgoingObject object;
  object.offset = word.offset;
  if (word.kind == "fd") {
    object.kind = ObjectKind::fd;
    object.descriptor_is_name = !starts_as_number(word.value);
    object.descriptor = object.descriptor_is_name
                            ? static_cast<std::uint32_t>(reader.sent_descriptor(word.value))
                            : reader.number32(word.value);
    parse_no_options(reader, word);
  } else if (word.kind == "ptr") {
    object.kind = ObjectKind::ptr;
    parse_outgoing_buffer(reader, word, object);
  } else if (word.kind == "svc") {
    object.kind = ObjectKind::svc;
    object.handle = reader.task_value(word.value);
    parse_service_options(reader, word, object);
  } else if (word.kind == "type") {
    object.kind = ObjectKind::other;
    object.type = reader.number32(word.value);
    parse_no_options(reader, word);
  } else {
    reader.fail(word.kind, kind_expected);
  }
  return object;
}

ReceivedObject parse_received_object(CaseReader& reader, std::string_view text) {
  const ObjectWord word = parse_object_word(reader, text);
  ReceivedObject object;
  object.offset = word.offset;
  if (word.kind == "fd") {
    object.kind = ObjectKind::fd;
    object.descriptor = reader.received_descriptor(word.value);
    parse_origin(reader, word, object);
  } else if (word.kind == "ptr") {
    object.kind = ObjectKind::ptr;
    object.bytes = reader.bytes(word.value);
    parse_no_options(reader, word);
  } else if (word.kind == "svc") {
    object.kind = ObjectKind::svc;
    object.handle = reader.received_task_value(word.value);
    parse_service_options(reader, word, object);
  } else if (word.kind == "type") {
    object.kind = ObjectKind::other;
    object.type = reader.number32(word.value);
    parse_no_options(reader, word);
  } else {
    reader.fail(word.kind, kind_expected);
  }
  return object;
}

}  // namespace touchstone
