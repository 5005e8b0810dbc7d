#include <string>
#include <utility>

#include "adapter/case_text.h"
#include "adapter/case_words.h"
#include "adapter/case_writer.h"

namespace touchstone {
namespace {

void print_object(CaseWriter& out, const ReceivedObject& object) {
  out.object_start(object.offset, object.kind);
  switch (object.kind) {
    case ObjectKind::fd:
      out.add("F");
      out.add_number(static_cast<std::uint32_t>(object.descriptor));
      if (object.origin) {
        out.add("/of=P");
        out.add_number(static_cast<std::uint32_t>(object.origin->process));
        out.add(".F");
        out.add_number(static_cast<std::uint32_t>(object.origin->descriptor));
      }
      break;
    case ObjectKind::ptr: out.add_bytes(object.bytes); break;
    case ObjectKind::svc: out.add_service(object.handle, object.token, object.cookie); break;
    case ObjectKind::other: out.add_number(object.type); break;
  }
}

void print_message(CaseWriter& out, const ReceivedMessage& message) {
  out.word("");
  out.add_message(message.name);
  out.add("=");
  const std::string_view type = word_of(message_type_words, static_cast<MessageType>(message.type));
  if (type.empty()) {
    out.add_number(message.type);
  } else {
    out.add(type);
  }
  out.key_task("to", message.to);
  if (message.token != TaskValue{}) out.key_task("token", message.token);
  if (message.cookie != 0) out.key_number("cookie", message.cookie);
  if (message.code != 0) out.key_number("code", message.code);
  out.message_flag(message.flag);
  out.key_task("from", message.from_task);
  out.add("/");
  out.add_task(message.from_process, 'P');
  out.key_number("uid", message.uid);
  out.key_number("gid", message.gid);
  out.key("time", "t");
  out.add_number(static_cast<std::uint32_t>(message.time));
  if (!message.data.empty()) {
    out.key("data", {});
    out.add_bytes(message.data);
  }
  for (const ReceivedObject& object : message.objects) print_object(out, object);
  for (const ReceivedMessage::Defect& defect : message.defects) {
    out.key("defect", defect.clause);
    out.quoted(defect.text);
  }
}

}  // namespace

std::string print_outcome(const Outcome& outcome, const Program& program) {
  using Kind = Outcome::Kind;
  CaseWriter out(program);
  switch (outcome.kind) {
    case Kind::value: out.word(std::to_string(outcome.value)); break;
    case Kind::error: out.word(errno_name(outcome.value)); break;
    case Kind::blocked: out.word("blocked"); break;
    case Kind::task: out.add_task(outcome.task); break;
    case Kind::service:
      out.word("0");
      out.key_task("service", outcome.task);
      break;
    case Kind::version:
      out.word("0");
      out.key_number("version", static_cast<std::uint64_t>(outcome.value));
      break;
    case Kind::message:
      out.word("0");
      print_message(out, outcome.message);
      break;
    case Kind::crash: out.word("crash"); break;
    case Kind::hang: out.word("hang"); break;
    case Kind::not_run:
    case Kind::lost:
      out.word(outcome.kind == Kind::lost ? "lost" : "not_run");
      out.quoted(outcome.reason);
      break;
  }
  return out.take();
}

}  // namespace touchstone
