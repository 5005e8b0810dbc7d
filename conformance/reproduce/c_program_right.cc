#include "conformance/reproduce/c_program_right.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "conformance/reproduce/c_program_words.h"

namespace touchstone {
namespace {

// What no step can be right by: the end of the implementation.
bool is_no_answer(const Outcome& outcome) {
  using Kind = Outcome::Kind;
  return outcome.kind == Kind::crash || outcome.kind == Kind::hang ||
         outcome.kind == Kind::not_run || outcome.kind == Kind::lost;
}

std::string c_condition(const Outcome& outcome) {
  switch (outcome.kind) {
    case Outcome::Kind::value: return fmt::format("is_value({})", outcome.value);
    case Outcome::Kind::error: return fmt::format("is_error({})", c_errno(outcome.value));
    case Outcome::Kind::blocked: return "is_blocked()";
    case Outcome::Kind::task:
      return outcome.task.kind == TaskValue::Kind::task
                 ? fmt::format("is_task(T{})", outcome.task.value)
                 : fmt::format("is_value({})", outcome.task.value);
    case Outcome::Kind::service: return fmt::format("is_service({})", c_handle(outcome.task));
    case Outcome::Kind::version:
      return fmt::format("is_version({})", c_number(static_cast<std::uint64_t>(outcome.value)));
    default: return "0";
  }
}

// "returns_0", "gives_EINVAL_or_blocks": for outcomes that many steps share.
std::string word_of(const Outcome& outcome) {
  switch (outcome.kind) {
    case Outcome::Kind::value:
      return outcome.value < 0 ? fmt::format("minus_{}", -outcome.value)
                               : fmt::format("{}", outcome.value);
    case Outcome::Kind::error: return errno_name(outcome.value);
    case Outcome::Kind::blocked: return "blocked";
    case Outcome::Kind::task:
    case Outcome::Kind::service:
      return fmt::format(
          "{}{}{}", outcome.kind == Outcome::Kind::task ? "" : "service_",
          outcome.task.kind == TaskValue::Kind::task ? "T" : "",
          outcome.task.kind == TaskValue::Kind::cms ? "cms" : fmt::to_string(outcome.task.value));
    case Outcome::Kind::version: return fmt::format("version_{}", outcome.value);
    default: return "nothing";
  }
}

class MessageWriter {
 public:
  // `suffix` keeps the names of arrays apart.
  MessageWriter(const ReceivedMessage& message, const Program& program, std::string suffix)
      : message_(message), program_(program), suffix_(std::move(suffix)) {}

  // The arrays that it needs, and the braces of a struct expected.
  std::string arrays();
  std::string initializer() const;

 private:
  void field(const char* name, const std::string& value) {
    if (value != "0" && value != "0u") fields_ += fmt::format(", .{} = {}", name, value);
  }
  std::string object(const ReceivedObject& object, std::size_t index);

  const ReceivedMessage& message_;
  const Program& program_;
  std::string suffix_;
  std::string arrays_;
  std::string fields_;
};

std::string MessageWriter::object(const ReceivedObject& object, std::size_t index) {
  switch (object.kind) {
    case ObjectKind::fd: {
      std::string text = fmt::format("{{.type = DESCRIPTOR, .file = {}", c_name(object.descriptor));
      if (object.origin) {
        text += fmt::format(", .has_origin = 1, .process = {}, .origin = {}",
                            c_name(object.origin->process), c_name(object.origin->descriptor));
      }
      return text + "}";
    }
    case ObjectKind::ptr: {
      if (object.bytes.empty()) return "{.type = BUFFER}";
      const std::string name = fmt::format("buffer{}_{}", suffix_, index);
      arrays_ += c_bytes(name, object.bytes);
      return fmt::format("{{.type = BUFFER, .bytes = {0}, .size = sizeof {0}}}", name);
    }
    case ObjectKind::svc:
      return fmt::format("{{.type = SERVICE, .handle = {}, .token = {}, .cookie = {}}}",
                         c_handle(object.handle), c_number(object.token), c_number(object.cookie));
    case ObjectKind::other: break;
  }
  return fmt::format("{{.type = {}}}", c_number(object.type));
}

std::string MessageWriter::arrays() {
  constexpr std::array types{"REQUEST", "REPLY", "FAILED_REPLY", "DEATH_NOTIFY"};
  fields_ =
      fmt::format(".name = {}, .type = {}", c_name(message_.name, program_),
                  message_.type < types.size() ? types[message_.type] : c_number(message_.type));
  field("to", c_handle(message_.to));
  field("token", c_handle(message_.token));
  field("cookie", c_number(message_.cookie));
  field("code", c_number(message_.code));
  field("flag", c_number(message_.flag));
  if (message_.from_task.kind == TaskValue::Kind::kernel) {
    field("by_kernel", "1");
  } else {
    field("task", c_handle(message_.from_task));
    const TaskValue& process = message_.from_process;
    field("process", process.kind == TaskValue::Kind::task
                         ? fmt::format("shared->processes[P{}].id", process.value)
                         : c_number(process.value));
  }
  field("user", c_number(message_.uid));
  field("group", c_number(message_.gid));
  field("time", c_name(message_.time));
  if (!message_.data.empty()) {
    const std::string name = "data" + suffix_;
    arrays_ += c_bytes(name, message_.data);
    field("data", name);
    field("size", "sizeof " + name);
  }
  if (message_.objects.empty()) return arrays_;
  std::vector<std::uint32_t> offsets;
  std::string objects;
  for (std::size_t index = 0; index < message_.objects.size(); ++index) {
    offsets.push_back(message_.objects[index].offset);
    objects +=
        fmt::format("{}\n      {}", index == 0 ? "" : ",", object(message_.objects[index], index));
  }
  arrays_ += c_words("offsets" + suffix_, offsets);
  arrays_ +=
      fmt::format("  const struct expected_object objects{}[] = {{{}}};\n", suffix_, objects);
  field("offsets", "offsets" + suffix_);
  field("objects", "objects" + suffix_);
  field("object_count", c_number(offsets.size()));
  return arrays_;
}

std::string MessageWriter::initializer() const { return "{" + fields_ + "}"; }

}  // namespace

std::string CRightWriter::function_of(std::size_t index) {
  const Step& step = program_.steps[index];
  if (std::ranges::all_of(step.expected, is_no_answer)) return "NULL";
  const bool has_message = std::ranges::any_of(
      step.expected, [](const Outcome& outcome) { return outcome.kind == Outcome::Kind::message; });
  return has_message ? message_function(index) : shared_function(step);
}

std::string CRightWriter::shared_function(const Step& step) {
  std::string name = "returns";
  std::string condition;
  for (const Outcome& outcome : step.expected) {
    if (is_no_answer(outcome)) continue;
    name += (condition.empty() ? "_" : "_or_") + word_of(outcome);
    condition += (condition.empty() ? "" : " || ") + c_condition(outcome);
  }
  if (std::exchange(written_[name], true)) return name;
  functions_ += fmt::format("\nstatic int {}(void) {{ return {}; }}\n", name, condition);
  return name;
}

std::string CRightWriter::message_function(std::size_t index) {
  const Step& step = program_.steps[index];
  const std::string name = fmt::format("right_{}", index + 1);
  const std::vector<std::size_t>& together = plan_.steps[index].together;
  if (!together.empty()) {
    const std::string group = notice_group(together);
    functions_ += fmt::format("\nstatic int {}(void) {{ return {}({}); }}\n", name, group,
                              c_name(step.expected[0].message.name, program_));
    return name;
  }
  std::string arrays;
  std::string condition;
  std::size_t messages = 0;
  for (const Outcome& outcome : step.expected) {
    if (is_no_answer(outcome)) continue;
    condition += condition.empty() ? "" : " || ";
    if (outcome.kind != Outcome::Kind::message) {
      condition += c_condition(outcome);
      continue;
    }
    const std::string suffix = messages == 0 ? "" : fmt::format("_{}", messages + 1);
    ++messages;
    MessageWriter writer(outcome.message, program_, suffix);
    arrays += writer.arrays();
    arrays +=
        fmt::format("  const struct expected message{} = {};\n", suffix, writer.initializer());
    condition += fmt::format("is_message(&message{})", suffix);
  }
  functions_ +=
      fmt::format("\nstatic int {}(void) {{\n{}  return {};\n}}\n", name, arrays, condition);
  return name;
}

// Notices of tasks that ended together come in any order (DTH-9): each may come once.
std::string CRightWriter::notice_group(const std::vector<std::size_t>& steps) {
  const std::string name = fmt::format("is_notice_of_{}", steps.front() + 1);
  if (std::exchange(written_[name], true)) return name;
  std::string arrays;
  std::string notices;
  for (std::size_t at = 0; at < steps.size(); ++at) {
    MessageWriter writer(program_.steps[steps[at]].expected[0].message, program_,
                         fmt::format("_{}", at + 1));
    arrays += writer.arrays();
    notices += fmt::format("{}\n      {}", at == 0 ? "" : ",", writer.initializer());
  }
  functions_ += fmt::format(
      "\n/* Tasks that end together are told of in any order, each once. */\n"
      "static int {0}(int name) {{\n  static int has_come[{1}];\n{2}"
      "  struct expected notices[] = {{{3}}};\n"
      "  for (int i = 0; i < {1}; ++i) {{\n"
      "    notices[i].name = name;\n"
      "    if (!has_come[i] && is_message(&notices[i])) return has_come[i] = 1;\n"
      "  }}\n  return 0;\n}}\n",
      name, steps.size(), arrays, notices);
  return name;
}

}  // namespace touchstone
