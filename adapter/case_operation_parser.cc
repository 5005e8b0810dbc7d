#include "adapter/case_operation_parser.h"

#include <array>
#include <string>

namespace touchstone {
namespace {

// `key=value` where it must stand: gives the value.
std::string_view required_value(CaseReader& reader, std::string_view key) {
  const std::string expected = std::string(key) + "=";
  const std::string_view word = reader.required_word(expected.c_str());
  const Parts parts = cut(word, '=');
  if (parts.head != key || !parts.has_separator) reader.fail(word, expected);
  return parts.tail;
}

// `read,exec` or `none` as bits.
template <std::size_t count>
std::uint32_t parse_bits(CaseReader& reader, std::string_view text,
                         const std::array<NamedWord<std::uint32_t>, count>& words,
                         const char* expected) {
  if (text == "none") return 0;
  std::uint32_t bits = 0;
  Parts parts{{}, text, true};
  while (parts.has_separator) {
    parts = cut(parts.tail, ',');
    const std::uint32_t bit = find_word(words, parts.head).value_or(0);
    if (bit == 0 || (bits & bit) != 0) reader.fail(parts.head, expected);
    bits |= bit;
  }
  return bits;
}

Operation parse_fork(CaseReader& reader, TaskName caller) {
  const ProcessName child =
      reader.new_process(reader.required_word("a name for the child such as P2"));
  const TaskName task =
      reader.new_task(reader.required_word("a name for the child's task such as T2"));
  return Fork{.caller = caller, .child = child, .child_task = task};
}

Operation parse_mmap(CaseReader& reader, TaskName caller) {
  const std::uint64_t bytes = reader.number(reader.required_word("the size of the pool, bytes"));
  const std::uint32_t protection =
      parse_bits(reader, required_value(reader, "prot"), protection_words,
                 "none, or read, write, exec joined by commas, each once");
  const std::uint32_t flags = parse_bits(reader, required_value(reader, "flags"), map_words,
                                         "none, or private, shared joined by a comma, each once");
  return Mmap{.caller = caller, .bytes = bytes, .protection = protection, .flags = flags};
}

Operation parse_cms(CaseReader& reader, TaskName caller) {
  enum Key : std::uint32_t { subject, service, argument };
  const std::string_view name =
      reader.required_word("gen_handle, add_access, remove_handle or a number");
  CmsCommand command;
  command.caller = caller;
  const std::optional<std::uint32_t> known = find_word(cms_command_words, name);
  if (!known && !starts_as_number(name)) {
    reader.fail(name, "gen_handle, add_access, remove_handle or a number");
  }
  command.command = known ? *known : reader.number32(name);
  SeenKeys seen;
  for (std::string_view word = reader.operation_word(); !word.empty();
       word = reader.operation_word()) {
    const Parts parts = cut(word, '=');
    if (parts.head == "subject") {
      seen.add(reader, word, subject);
      command.subject = reader.task_value(parts.tail);
    } else if (parts.head == "service") {
      seen.add(reader, word, service);
      command.service = reader.task_value(parts.tail);
    } else if (parts.head == "arg") {
      seen.add(reader, word, argument);
      command.argument = reader.argument(parts.tail);
    } else {
      reader.fail(word, "subject=, service=, arg=, -> or the end of the line");
    }
  }
  return command;
}

Operation parse_get_version(CaseReader& reader, TaskName caller) {
  GetVersion operation{.caller = caller, .argument = {}};
  const std::string_view word = reader.operation_word();
  if (word.empty()) return operation;
  const Parts parts = cut(word, '=');
  if (parts.head != "arg") reader.fail(word, "arg=, -> or the end of the line");
  operation.argument = reader.argument(parts.tail);
  return operation;
}

Operation parse_ioctl(CaseReader& reader, TaskName caller) {
  const std::uint64_t command = reader.number(required_value(reader, "cmd"));
  const std::uint64_t argument = reader.number(required_value(reader, "arg"));
  return RawIoctl{.caller = caller, .command = command, .argument = argument};
}

Operation parse_raw_flags(CaseReader& reader, TaskName caller) {
  const std::uint32_t flags = reader.number32(required_value(reader, "flags"));
  return parse_send_receive(reader, {caller, flags, true}, reader.operation_word());
}

Operation parse_set_cms(CaseReader& reader, TaskName caller) {
  const std::string_view word = reader.required_word("the size of the greatest message, bytes");
  return SetCms{.caller = caller, .message_bytes_max = reader.number(word)};
}

template <typename T>
Operation only_the_caller(CaseReader&, TaskName caller) {
  return T{caller};
}

struct TaskVerb {
  std::string_view word;
  Operation (*parse)(CaseReader&, TaskName);
};
constexpr std::array<TaskVerb, 14> task_verbs{{
    {"poll", only_the_caller<Poll>},
    {"open", only_the_caller<Open>},
    {"mmap", parse_mmap},
    {"cms", parse_cms},
    {"set_cms", parse_set_cms},
    {"set_ipc_thread", only_the_caller<SetIpcThread>},
    {"exit", only_the_caller<ExitTask>},
    {"fork", parse_fork},
    {"get_version", parse_get_version},
    {"ioctl", parse_ioctl},
    {"msg", parse_raw_flags},
    {"munmap", only_the_caller<Munmap>},
    {"close", only_the_caller<Close>},
    {"exec", only_the_caller<Exec>},
}};

Operation parse_task_step(CaseReader& reader, TaskName caller) {
  constexpr const char* expected =
      "what a task does: exit, fork, exec, open, close, mmap, munmap, set_cms, cms, "
      "set_ipc_thread, get_version, ioctl, poll, msg, or send, free, recv joined by + in this "
      "order";
  const std::string_view verb = reader.required_word(expected);
  if (const std::optional<std::uint32_t> flags = find_word(send_receive_words, verb)) {
    return parse_send_receive(reader, {caller, *flags, false}, reader.operation_word());
  }
  if (verb.starts_with("free=")) {
    return parse_send_receive(reader, {caller, flag_buffer_free, false}, verb);
  }
  for (const TaskVerb& known : task_verbs) {
    if (known.word == verb) return known.parse(reader, caller);
  }
  reader.fail(verb, expected);
  return {};
}

Operation parse_spawn(CaseReader& reader, std::string_view subject) {
  Spawn spawn{.process = reader.new_process(subject)};
  spawn.task = reader.new_task(reader.required_word("a name for the main task such as T1"));
  spawn.uid = reader.number32(required_value(reader, "uid"));
  spawn.gid = reader.number32(required_value(reader, "gid"));
  return spawn;
}

Operation parse_process_step(CaseReader& reader, std::string_view subject) {
  constexpr const char* expected = "what a process does: spawn, thread, exit or descriptors";
  const std::string_view verb = reader.required_word(expected);
  if (verb == "spawn") return parse_spawn(reader, subject);
  if (verb == "thread") {
    const ProcessName process = reader.process(subject);
    const std::string_view word = reader.required_word("a name for the task such as T2");
    return CreateThread{.process = process, .task = reader.new_task(word)};
  }
  if (verb == "exit") return ExitProcess{reader.process(subject)};
  if (verb == "descriptors") return CountDescriptors{reader.process(subject)};
  reader.fail(verb, expected);
  return {};
}

Operation parse_advance(CaseReader& reader) {
  constexpr const char* expected = "a time in milliseconds such as 100ms";
  const std::string_view word = reader.required_word(expected);
  if (!word.ends_with("ms")) reader.fail(word, expected);
  return Advance{
      reader.number(word.substr(0, word.size() - std::min<std::size_t>(2, word.size())))};
}

Operation parse_inject(CaseReader& reader) {
  const std::string_view what = reader.required_word("alloc_failure");
  if (what != "alloc_failure") reader.fail(what, "alloc_failure");
  return InjectAllocFailure{reader.number32(required_value(reader, "after"))};
}

}  // namespace

Operation parse_operation(CaseReader& reader) {
  const std::string_view subject = reader.required_word("a step");
  if (subject.starts_with('T')) return parse_task_step(reader, reader.task(subject));
  if (subject.starts_with('P')) return parse_process_step(reader, subject);
  if (subject == "advance") return parse_advance(reader);
  if (subject == "inject") return parse_inject(reader);
  reader.fail(subject, "a step, which begins with a task (T1), a process (P1), advance or inject");
  return {};
}

}  // namespace touchstone
