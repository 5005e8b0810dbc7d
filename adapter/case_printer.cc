#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <variant>

#include "adapter/case_text.h"
#include "adapter/case_words.h"
#include "adapter/case_writer.h"

namespace touchstone {
namespace {

// Arrows stand below each other unless a step is wider than this, which then has its own.
constexpr std::size_t aligned_columns_max = 64;

// One step's operation as words, one function for each kind.
class OperationWriter {
 public:
  explicit OperationWriter(const Program& program) : out_(program) {}
  std::string take() { return out_.take(); }

  void operator()(const Spawn& step) {
    subject('P', step.process, "spawn");
    out_.name('T', step.task);
    out_.key_number("uid", step.uid);
    out_.key_number("gid", step.gid);
  }
  void operator()(const Fork& step) {
    subject('T', step.caller, "fork");
    out_.name('P', step.child);
    out_.name('T', step.child_task);
  }
  void operator()(const CreateThread& step) {
    subject('P', step.process, "thread");
    out_.name('T', step.task);
  }
  void operator()(const ExitTask& step) { subject('T', step.caller, "exit"); }
  void operator()(const ExitProcess& step) { subject('P', step.process, "exit"); }
  void operator()(const Exec& step) { subject('T', step.caller, "exec"); }
  void operator()(const Open& step) { subject('T', step.caller, "open"); }
  void operator()(const Close& step) { subject('T', step.caller, "close"); }
  void operator()(const Mmap& step) {
    subject('T', step.caller, "mmap");
    out_.word(std::to_string(step.bytes));
    bits("prot", step.protection, protection_words);
    bits("flags", step.flags, map_words);
  }
  void operator()(const Munmap& step) { subject('T', step.caller, "munmap"); }
  void operator()(const SetCms& step) {
    subject('T', step.caller, "set_cms");
    out_.word(std::to_string(step.message_bytes_max));
  }
  void operator()(const CmsCommand& step) {
    subject('T', step.caller, "cms");
    const std::string_view name = word_of(cms_command_words, step.command);
    out_.word(name.empty() ? std::to_string(step.command) : std::string(name));
    if (!name.empty() || step.subject != TaskValue{}) out_.key_task("subject", step.subject);
    const bool needs_service = !name.empty() && step.command != cms_gen_handle;
    if (needs_service || step.service != TaskValue{}) out_.key_task("service", step.service);
    argument(step.argument);
  }
  void operator()(const SetIpcThread& step) { subject('T', step.caller, "set_ipc_thread"); }
  void operator()(const GetVersion& step) {
    subject('T', step.caller, "get_version");
    argument(step.argument);
  }
  void operator()(const RawIoctl& step) {
    subject('T', step.caller, "ioctl");
    out_.key_number("cmd", step.command);
    out_.key_number("arg", step.argument);
  }
  void operator()(const SendReceive& step);
  void operator()(const Poll& step) { subject('T', step.task, "poll"); }
  void operator()(const Advance& step) {
    out_.word("advance");
    out_.word(std::to_string(step.milliseconds) + "ms");
  }
  void operator()(const InjectAllocFailure& step) {
    out_.word("inject alloc_failure");
    out_.key_number("after", step.after);
  }
  void operator()(const CountDescriptors& step) { subject('P', step.process, "descriptors"); }

 private:
  template <typename Name>
  void subject(char letter, Name name, std::string_view verb) {
    out_.name(letter, name);
    out_.word(verb);
  }

  template <std::size_t count>
  void bits(std::string_view key, std::uint32_t value,
            const std::array<NamedWord<std::uint32_t>, count>& words) {
    std::string joined;
    for (const NamedWord<std::uint32_t>& entry : words) {
      if ((value & entry.value) == 0) continue;
      if (!joined.empty()) joined += ',';
      joined += entry.word;
    }
    out_.key(key, joined.empty() ? "none" : joined);
  }

  void argument(const Argument& argument) {
    if (argument.pointer == Pointer::received_data) {
      out_.key("arg", "data:");
      out_.add_message(argument.message);
    } else if (argument.pointer != Pointer::valid) {
      out_.key("arg", word_of(pointer_words, argument.pointer));
    }
  }

  void free_target(const FreeTarget& target);
  void message(const OutgoingMessage& message);
  void message_bytes(const OutgoingMessage& message);
  void object(const OutgoingObject& object);

  CaseWriter out_;
};

void OperationWriter::operator()(const SendReceive& step) {
  out_.name('T', step.caller);
  const std::string_view flags = word_of(send_receive_words, step.flags);
  const bool is_only_free = !step.flags_are_raw && step.flags == flag_buffer_free &&
                            step.free.kind != FreeTarget::Kind::none && !step.message;
  if (step.flags_are_raw || flags.empty()) {
    out_.word("msg");
    out_.key_number("flags", step.flags);
  } else if (!is_only_free) {
    out_.word(flags);
  }
  if (is_only_free) free_target(step.free);
  if (step.message) message(*step.message);
  if (step.out != Pointer::valid) out_.key("out", word_of(pointer_words, step.out));
  if (!is_only_free) free_target(step.free);
  argument(step.argument);
}

void OperationWriter::free_target(const FreeTarget& target) {
  using Kind = FreeTarget::Kind;
  if (target.kind == Kind::none) return;
  out_.key("free", word_of(free_target_words, target.kind));
  switch (target.kind) {
    case Kind::ptr:
      out_.add("ptr:");
      out_.add_message(target.message);
      out_.add(":" + std::to_string(target.index));
      break;
    case Kind::interior:
    case Kind::data:
      out_.add(target.kind == Kind::data ? "data:" : "interior:");
      out_.add_message(target.message);
      break;
    case Kind::message: out_.add_message(target.message); break;
    case Kind::address: out_.add(std::to_string(target.address)); break;
    case Kind::none:
    case Kind::null:
    case Kind::outside:
    case Kind::pool_start:
    case Kind::pool_end:
    case Kind::past_end: break;
  }
}

void OperationWriter::message(const OutgoingMessage& message) {
  out_.message_type(message.type);
  out_.key_task("to", message.to);
  if (message.token != 0) out_.key_number("token", message.token);
  if (message.cookie != 0) out_.key_number("cookie", message.cookie);
  if (message.code != 0) out_.key_number("code", message.code);
  out_.message_flag(message.flag);
  if (message.time.kind == TimeValue::Kind::message) {
    out_.key("time", "");
    out_.add_message(message.time.message);
  } else if (message.time.number != 0) {
    out_.key_number("time", message.time.number);
  }
  message_bytes(message);
}

void OperationWriter::message_bytes(const OutgoingMessage& message) {
  if (message.data_pointer != Pointer::valid) {
    out_.key("data", word_of(pointer_words, message.data_pointer));
  } else if (!message.data.empty()) {
    out_.key("data", "");
    out_.add_bytes(message.data);
  }
  if (message.data_size) out_.key_number("data_size", *message.data_size);
  if (message.object_count) out_.key_number("object_count", *message.object_count);
  if (message.offsets) {
    std::string joined;
    for (const std::uint32_t offset : *message.offsets) {
      joined += (joined.empty() ? "" : ",") + std::to_string(offset);
    }
    out_.key("offsets", joined);
  } else if (message.offsets_pointer != Pointer::valid) {
    out_.key("offsets", word_of(pointer_words, message.offsets_pointer));
  }
  for (const OutgoingObject& entry : message.objects) object(entry);
}

void OperationWriter::object(const OutgoingObject& object) {
  out_.object_start(object.offset, object.kind);
  switch (object.kind) {
    case ObjectKind::fd:
      if (object.descriptor_is_name) out_.add("F");
      out_.add(std::to_string(object.descriptor));
      break;
    case ObjectKind::ptr:
      if (object.pointer == Pointer::valid) {
        out_.add_bytes(object.bytes);
      } else {
        out_.add(word_of(pointer_words, object.pointer));
      }
      if (object.stated_size) out_.add("/size=" + std::to_string(*object.stated_size));
      break;
    case ObjectKind::svc: out_.add_service(object.handle, object.token, object.cookie); break;
    case ObjectKind::other: out_.add(std::to_string(object.type)); break;
  }
}

void add_line(std::string& text, std::string_view key, std::string_view value) {
  if (value.empty()) return;
  text += key;
  text += ": ";
  // A newline would begin another header line.
  for (const char character : value) text += character == '\n' ? ' ' : character;
  text += '\n';
}

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += separator;
    text += word;
  }
  return text;
}

std::string print_header(const CaseHeader& header) {
  std::string text;
  add_line(text, "case", header.name.empty() ? "unnamed" : header.name);
  add_line(text, "title", header.title);
  add_line(text, "clauses", joined(header.clauses, ", "));
  add_line(text, "class", word_of(case_class_words, header.case_class));
  if (header.ids_reused) add_line(text, "ids", "reused");
  add_line(text, "quirk", joined(header.quirks, " "));
  add_line(text, "bug", joined(header.bugs, " "));
  add_line(text, "abi", word_of(case_abi_words, header.abi));
  add_line(text, "limits", header.limits);
  add_line(text, "needs", joined(header.needs, " "));
  return text;
}

std::string print_outcomes(const std::vector<Outcome>& outcomes, const Program& program) {
  std::string text;
  for (const Outcome& outcome : outcomes) {
    if (!text.empty()) text += " | ";
    text += print_outcome(outcome, program);
  }
  return text;
}

std::string subject_text(char letter, auto name) {
  return letter + std::to_string(static_cast<std::uint32_t>(name));
}

}  // namespace

std::string print_case(const Program& program) {
  std::vector<std::string> operations;
  operations.reserve(program.steps.size());
  std::size_t arrow_column = 0;
  for (const Step& step : program.steps) {
    operations.push_back(print_operation(step.operation, program));
    const std::size_t width = operations.back().size();
    if (width <= aligned_columns_max) arrow_column = std::max(arrow_column, width);
  }
  std::string text = print_header(program.header);
  text += '\n';
  for (std::size_t index = 0; index < program.steps.size(); ++index) {
    const std::string& operation = operations[index];
    text += operation;
    if (!program.steps[index].expected.empty()) {
      text.append(arrow_column - std::min(arrow_column, operation.size()), ' ');
      text += " -> ";
      text += print_outcomes(program.steps[index].expected, program);
    }
    text += '\n';
  }
  return text;
}

std::string print_operation(const Operation& operation, const Program& program) {
  OperationWriter writer(program);
  std::visit(writer, operation);
  return writer.take();
}

std::string subject_of(const Operation& operation) {
  return std::visit(
      [](const auto& step) -> std::string {
        if constexpr (requires { step.caller; }) return subject_text('T', step.caller);
        if constexpr (requires { step.process; }) return subject_text('P', step.process);
        if constexpr (std::is_same_v<decltype(step), const Poll&>) {
          return subject_text('T', step.task);
        }
        return {};
      },
      operation);
}

}  // namespace touchstone
