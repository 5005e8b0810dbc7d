#include "conformance/reproduce/c_program_play.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "adapter/operation_names.h"
#include "conformance/reproduce/c_program_words.h"

namespace touchstone {
namespace {

constexpr std::uint32_t zeroes_max = 16384;  // as adapter/encode.cc: sizes above are refused unread
constexpr std::uint32_t buffer_bytes_max = 262144;

class PlayWriter {
 public:
  PlayWriter(const CStepPlan& plan, const Program& program) : plan_(plan), program_(program) {}

  // The step; before it which id its task shall have, and after it whether it has that.
  std::string take(const Operation& operation) {
    if (!plan_.id_of) return std::move(text_);
    const std::string ended = c_name(*plan_.id_of);
    return fmt::format("  ask_for_id_of({});\n{}  needs_id_of({}, {});\n", ended, text_, ended,
                       c_name(*made_by(operation).task));
  }

  void write(const Spawn& step) {
    line(fmt::format("spawn({}, {}, {}, {});", c_name(step.process), c_name(step.task),
                     c_number(step.uid), c_number(step.gid)));
  }
  void write(const Fork& step) {
    line(fmt::format("fork_process({}, {});", c_name(step.child), c_name(step.child_task)));
  }
  void write(const CreateThread& step) {
    line(fmt::format("start_thread({});", c_name(step.task)));
  }
  void write(const ExitTask&) { write_end(); }
  void write(const ExitProcess&) { write_end(); }
  void write(const Exec&) { line("exec_process();"); }
  void write(const Open&) { line("open_device();"); }
  void write(const Close&) { line("close_device();"); }
  void write(const Mmap& step) {
    const char* const cast = step.bytes > 0xffffffff ? "(size_t)" : "";
    line(fmt::format("map_pool({}{}, {}, {});", cast, c_number(step.bytes),
                     bits(step.protection, {"PROT_READ", "PROT_WRITE", "PROT_EXEC"}, "PROT_NONE"),
                     bits(step.flags, {"MAP_SHARED", "MAP_PRIVATE"}, "0")));
  }
  void write(const Munmap&) { line("unmap_pool();"); }
  void write(const SetCms& step) { call("SET_CMS", c_address(step.message_bytes_max)); }
  void write(const CmsCommand& step);
  void write(const SetIpcThread&) { call("SET_IPC_THREAD", "NULL"); }
  void write(const GetVersion& step) {
    if (step.argument.pointer == Pointer::valid) return line("get_version();");
    call("GET_VERSION", pointer(step.argument));
  }
  void write(const RawIoctl& step) {
    call(fmt::format("0x{:x}ul", step.command), c_address(step.argument));
  }
  void write(const SendReceive& step);
  void write(const Poll&) {}
  void write(const Advance& step) {
    line(fmt::format("advance({}, {}, {}, {});", step.milliseconds, plan_.time.over,
                     plan_.time.not_over, plan_.time.sleeps));
  }
  void write(const InjectAllocFailure& step) {
    line(fmt::format("fail_allocation({});", c_number(step.after)));
  }
  void write(const CountDescriptors&) { line("count_descriptors();"); }

 private:
  void line(const std::string& text) { text_ += "  " + text + "\n"; }
  void write_end() {
    if (plan_.ends) line(fmt::format("end_process({});", c_name(*plan_.ends)));
  }
  void call(const std::string& word, const std::string& argument) {
    line(fmt::format("call({}, {});", word, argument));
  }
  static std::string bits(std::uint32_t value, const std::vector<std::string>& names,
                          const std::string& none);
  std::string message(MessageName name) const {
    return fmt::format("shared->messages[{}]", c_name(name, program_));
  }
  std::string pointer(const Argument& argument) const {
    return c_pointer(argument.pointer, message(argument.message) + ".data");
  }
  std::string buffer_to_free(const FreeTarget& target) const;
  std::string flags(std::uint32_t flags) const;

  void open_files(const OutgoingMessage& message);
  void write_message(const OutgoingMessage& message);
  void write_plain_data(const OutgoingMessage& message);
  void write_data_with_objects(const OutgoingMessage& message);
  void write_object(const OutgoingObject& object, std::size_t index);
  void write_buffer(const OutgoingObject& object, std::size_t index);
  void write_offsets(const OutgoingMessage& message);

  const CStepPlan& plan_;
  const Program& program_;
  std::string text_;
};

std::string PlayWriter::bits(std::uint32_t value, const std::vector<std::string>& names,
                             const std::string& none) {
  std::string text;
  for (std::size_t bit = 0; bit < names.size(); ++bit) {
    if ((value & (1u << bit)) != 0) text += (text.empty() ? "" : " | ") + names[bit];
  }
  return text.empty() ? none : text;
}

std::string PlayWriter::flags(std::uint32_t flags) const {
  constexpr std::uint32_t known = flag_send | flag_receive | flag_buffer_free;
  if ((flags & ~known) != 0) return c_number(flags);
  return bits(flags, {"SEND", "RECEIVE", "FREE"}, "0");
}

void PlayWriter::write(const CmsCommand& step) {
  if (step.argument.pointer != Pointer::valid) return call("CMS_COMMAND", pointer(step.argument));
  const std::vector<std::string> names{"GEN_HANDLE", "REMOVE_HANDLE", "ADD_ACCESS"};
  const std::string command =
      step.command < names.size() ? names[step.command] : c_number(step.command);
  line(fmt::format("cms_command({}, {}, {});", command, c_handle(step.subject),
                   c_handle(step.service)));
}

std::string PlayWriter::buffer_to_free(const FreeTarget& target) const {
  using Kind = FreeTarget::Kind;
  switch (target.kind) {
    case Kind::none:
    case Kind::null: return "NULL";
    case Kind::message: return message(target.message) + ".at";
    case Kind::ptr: return fmt::format("{}.buffers[{}]", message(target.message), target.index);
    case Kind::interior: return message(target.message) + ".at + 8";
    case Kind::data: return message(target.message) + ".data";
    case Kind::outside: return "pool - 16";
    case Kind::pool_start: return "pool";
    case Kind::pool_end: return "pool + pool_bytes";
    case Kind::past_end: return "pool + pool_bytes + 1";
    case Kind::address: break;
  }
  return c_address(target.address);
}

void PlayWriter::write(const SendReceive& step) {
  const bool is_found = step.message && step.out == Pointer::valid;
  const bool is_read = step.argument.pointer == Pointer::valid;
  if (step.message && !(is_found && is_read)) open_files(*step.message);
  if (!is_read) return call("SEND_RECEIVE", pointer(step.argument));
  if (is_found) write_message(*step.message);
  line(fmt::format("send_receive({}, {}, {});", flags(step.flags),
                   c_pointer(step.out, step.message ? "out" : "NULL"), buffer_to_free(step.free)));
}

// Of a message that nobody can find: its files are there all the same.
void PlayWriter::open_files(const OutgoingMessage& message) {
  for (const OutgoingObject& object : message.objects) {
    if (object.kind != ObjectKind::fd || !object.descriptor_is_name) continue;
    line(fmt::format("descriptor_of({});", c_name(DescriptorName{object.descriptor})));
  }
}

void PlayWriter::write_message(const OutgoingMessage& message) {
  constexpr std::array names{"REQUEST", "REPLY", "FAILED_REPLY", "DEATH_NOTIFY"};
  const std::string type =
      message.type < names.size() ? names[message.type] : c_number(message.type);
  line(fmt::format("struct message *out = new_message({}, {});", type, c_handle(message.to)));
  const auto field = [this](const char* name, std::uint64_t value) {
    if (value != 0) line(fmt::format("out->{} = {};", name, c_number(value)));
  };
  field("token", message.token);
  field("cookie", message.cookie);
  field("code", message.code);
  field("flag", message.flag);
  field("timestamp", message.time.number);
  if (message.time.kind == TimeValue::Kind::message) {
    line(fmt::format("out->timestamp = {}.timestamp;", this->message(message.time.message)));
  }
  if (message.objects.empty()) {
    write_plain_data(message);
  } else {
    write_data_with_objects(message);
  }
  write_offsets(message);
}

void PlayWriter::write_plain_data(const OutgoingMessage& message) {
  const auto given = static_cast<std::uint32_t>(message.data.size());
  const bool is_valid = message.data_pointer == Pointer::valid;
  const std::uint32_t size = message.data_size.value_or(is_valid ? given : 0);
  const std::uint32_t room = std::max(given, std::min(size, zeroes_max));
  if (!is_valid) {
    line(fmt::format("out->data = {};", c_pointer(message.data_pointer, "")));
  } else if (given > 0) {
    text_ += c_bytes("data", message.data);
    line(fmt::format("out->data = copied(data, sizeof data, {});",
                     room == given ? "sizeof data" : c_number(room)));
  } else if (room > 0) {
    line(fmt::format("out->data = take({});", c_number(room)));
  }
  if (size > 0) line(fmt::format("out->data_size = {};", c_number(size)));
}

void PlayWriter::write_data_with_objects(const OutgoingMessage& message) {
  std::vector<std::uint32_t> places;
  auto given = static_cast<std::uint32_t>(message.data.size());
  const std::uint32_t object_bytes = program_.header.abi == CaseAbi::lp64 ? 24 : 16;
  for (const OutgoingObject& object : message.objects) {
    places.push_back(object.offset);
    given = std::max(given, object.offset + object_bytes);
  }
  const bool is_valid = message.data_pointer == Pointer::valid;
  const std::uint32_t size = message.data_size.value_or(is_valid ? given : 0);
  const std::uint32_t room = std::max(given, std::min(size, zeroes_max));
  text_ += c_words("objects", places);
  line(fmt::format("lay_out(objects, {});", places.size()));
  if (message.data.empty()) {
    line(fmt::format("unsigned char *data = put_data(NULL, 0, {});", c_number(room)));
  } else {
    text_ += c_bytes("bytes", message.data);
    line(fmt::format("unsigned char *data = put_data(bytes, sizeof bytes, {});", c_number(room)));
  }
  line(fmt::format("out->data = {};", c_pointer(message.data_pointer, "data")));
  if (size > 0) line(fmt::format("out->data_size = place({});", c_number(size)));
  for (std::size_t index = 0; index < message.objects.size(); ++index) {
    write_object(message.objects[index], index);
  }
}

void PlayWriter::write_object(const OutgoingObject& object, std::size_t index) {
  const std::string at = c_number(object.offset);
  switch (object.kind) {
    case ObjectKind::fd:
      line(fmt::format(
          "put_descriptor(data, {}, {});", at,
          object.descriptor_is_name
              ? fmt::format("descriptor_of({})", c_name(DescriptorName{object.descriptor}))
              : c_number(object.descriptor)));
      break;
    case ObjectKind::ptr: write_buffer(object, index); break;
    case ObjectKind::svc:
      line(fmt::format("put_service(data, {}, {}, {}, {});", at, c_handle(object.handle),
                       c_number(object.token), c_number(object.cookie)));
      break;
    case ObjectKind::other:
      line(fmt::format("put_other(data, {}, {});", at, c_number(object.type)));
      break;
  }
}

void PlayWriter::write_buffer(const OutgoingObject& object, std::size_t index) {
  constexpr std::uint32_t size_of_no_bytes = 9;
  const bool has_bytes = object.pointer == Pointer::valid;
  const auto given = static_cast<std::uint32_t>(object.bytes.size());
  const std::uint32_t size = object.stated_size.value_or(has_bytes ? given : size_of_no_bytes);
  const std::uint32_t room = std::max({given, 1u, size <= buffer_bytes_max ? size : 0u});
  std::string buffer = c_pointer(object.pointer, fmt::format("take({})", c_number(room)));
  if (has_bytes && given > 0) {
    const std::string name = fmt::format("buffer_{}", index);
    text_ += c_bytes(name, object.bytes);
    buffer = fmt::format("copied({0}, sizeof {0}, {1})", name,
                         room == given ? "sizeof " + name : c_number(room));
  }
  line(fmt::format("put_buffer(data, {}, {}, {});", c_number(object.offset), buffer,
                   c_number(size)));
}

void PlayWriter::write_offsets(const OutgoingMessage& message) {
  const std::vector<std::uint32_t> given = message.offsets.value_or(std::vector<std::uint32_t>{});
  const std::size_t count = message.offsets ? given.size() : message.objects.size();
  const auto stated = message.object_count.value_or(static_cast<std::uint32_t>(count));
  const std::size_t room = std::max<std::size_t>(count, std::min(stated, zeroes_max / 4));
  if (count > 0) {
    if (message.offsets) text_ += c_words("offsets", given);
    if (message.objects.empty()) line("lay_out(NULL, 0);");
    line(fmt::format("put_offsets(out, {}, {}, {});", message.offsets ? "offsets" : "objects",
                     count, c_number(room)));
  } else if (room > 0) {
    line(fmt::format("out->offsets = take({});", c_number(4 * room)));
  }
  if (message.offsets_pointer != Pointer::valid) {
    line(fmt::format("out->offsets = {};", c_pointer(message.offsets_pointer, "")));
  }
  if (stated != count) line(fmt::format("out->object_count = {};", c_number(stated)));
}

}  // namespace

std::string c_play(const Step& step, const CStepPlan& plan, const Program& program) {
  PlayWriter writer(plan, program);
  std::visit([&writer](const auto& operation) { writer.write(operation); }, step.operation);
  return writer.take(step.operation);
}

}  // namespace touchstone
