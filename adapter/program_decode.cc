#include <algorithm>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "adapter/program_bytes.h"
#include "adapter/program_bytes_layout.h"

namespace touchstone {
namespace {

using namespace program_bytes;

constexpr std::size_t operation_kinds = std::variant_size_v<Operation>;
constexpr std::uint32_t descriptor_names = 1000;
constexpr std::uint32_t objects_max = 8192;

// Numbers from a part of the input; 0 after its end.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : rest_(bytes) {}

  bool at_end() const { return rest_.empty(); }
  unsigned byte() {
    if (rest_.empty()) return 0;
    const auto value = std::to_integer<unsigned>(rest_.front());
    rest_ = rest_.subspan(1);
    return value;
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const unsigned digit = byte();
      value |= std::uint64_t{digit & 0x7f} << shift;
      if ((digit & 0x80) == 0) break;
    }
    return value;
  }
  std::uint32_t word() { return static_cast<std::uint32_t>(number()); }
  std::span<const std::byte> take(std::uint64_t count) {
    const auto taken =
        rest_.first(static_cast<std::size_t>(std::min<std::uint64_t>(count, rest_.size())));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }

 private:
  std::span<const std::byte> rest_;
};

class Decoder {
 public:
  explicit Decoder(std::span<const std::byte> bytes) : input_(bytes) {}

  Program decode() {
    constexpr std::array abis{CaseAbi::any, CaseAbi::ilp32, CaseAbi::lp64};
    program_.header.name = "input";
    program_.header.abi = abis[input_.byte() % abis.size()];
    program_.header.ids_reused = input_.byte() % 2 == 1;
    while (!input_.at_end() && program_.steps.size() < program_steps_max) {
      const unsigned kind = input_.byte();
      fields_ = Reader(input_.take(input_.number()));
      decode_step(kind % operation_kinds, std::make_index_sequence<operation_kinds>());
    }
    return std::move(program_);
  }

 private:
  template <std::size_t... kinds>
  void decode_step(std::size_t kind, std::index_sequence<kinds...>) {
    (void)((kind == kinds && (add<std::variant_alternative_t<kinds, Operation>>(), true)) || ...);
  }

  // A step of a kind whose task or process there cannot be yet is none.
  template <typename T>
  void add() {
    T operation;
    if (!(std::is_same_v<T, Spawn> || std::is_same_v<T, Advance> ||
          std::is_same_v<T, InjectAllocFailure>) &&
        tasks_ == 0) {
      return;
    }
    decode(operation);
    Step& step = program_.steps.emplace_back(Step{std::move(operation), {}, 0});
    if constexpr (std::is_same_v<T, SendReceive>) {
      if ((std::get<SendReceive>(step.operation).flags & flag_receive) != 0) name_message(step);
    } else if constexpr (std::is_same_v<T, Poll>) {
      name_message(step);
    }
  }

  void name_message(Step& step) {
    const auto name = static_cast<std::uint32_t>(program_.message_names.size());
    program_.message_names.push_back("m" + std::to_string(name + 1));
    Outcome& outcome = step.expected.emplace_back();
    outcome.kind = Outcome::Kind::message;
    outcome.message.name = MessageName{name};
  }

  // --- names ---

  TaskName task() { return TaskName{1 + fields_.word() % tasks_}; }
  ProcessName process() { return ProcessName{1 + fields_.word() % processes_}; }
  TaskName new_task() { return TaskName{++tasks_}; }
  ProcessName new_process() { return ProcessName{++processes_}; }
  bool has_messages() const { return !program_.message_names.empty(); }
  // Only where there are any.
  MessageName message() {
    const auto count = static_cast<std::uint32_t>(program_.message_names.size());
    return MessageName{count - 1 - fields_.word() % count};
  }

  TaskValue task_value() {
    TaskValue value{task_value_kinds[fields_.byte() % task_value_kinds.size()], 0};
    if (value.kind == TaskValue::Kind::number) value.value = fields_.word();
    if (value.kind == TaskValue::Kind::task) value.value = std::to_underlying(task());
    return value;
  }

  Argument argument() {
    Argument argument{pointers[fields_.byte() % pointers.size()], unnamed_message};
    if (argument.pointer != Pointer::received_data) return argument;
    if (!has_messages()) return {};
    argument.message = message();
    return argument;
  }

  // --- operations ---

  void decode(Spawn& step) { step = {new_process(), new_task(), fields_.word(), fields_.word()}; }
  void decode(Fork& step) {
    step.caller = task();
    step.child = new_process();
    step.child_task = new_task();
  }
  void decode(CreateThread& step) {
    step.process = process();
    step.task = new_task();
  }
  void decode(ExitProcess& step) { step.process = process(); }
  void decode(CountDescriptors& step) { step.process = process(); }
  void decode(Poll& step) { step.task = task(); }
  void decode(Advance& step) { step.milliseconds = fields_.number(); }
  void decode(InjectAllocFailure& step) { step.after = fields_.word(); }
  void decode(Mmap& step) {
    step = {task(), fields_.number(), fields_.byte() % 8, fields_.byte() % 4};
  }
  void decode(SetCms& step) { step = {task(), fields_.number()}; }
  void decode(CmsCommand& step) {
    step.caller = task();
    step.command = fields_.word();
    step.subject = task_value();
    step.service = task_value();
    step.argument = argument();
  }
  void decode(GetVersion& step) {
    step.caller = task();
    step.argument = argument();
  }
  void decode(RawIoctl& step) { step = {task(), fields_.number(), fields_.number()}; }
  template <typename T>  // those that are nothing but their caller
  void decode(T& step) {
    step.caller = task();
  }

  void decode(SendReceive& step) {
    step.caller = task();
    const unsigned parts = fields_.byte();
    step.flags = parts % 8;
    step.flags_are_raw = (parts & call_is_raw) != 0;
    if (step.flags_are_raw) step.flags = fields_.word();
    step.out = pointers[(parts >> call_out_at) % data_pointers];
    step.free = free_target();
    step.argument = argument();
    if ((parts & call_has_message) != 0) decode(step.message.emplace());
  }

  FreeTarget free_target() {
    FreeTarget target;
    target.kind = static_cast<FreeTarget::Kind>(fields_.byte() % free_kinds);
    if (names_message(target.kind)) {
      if (!has_messages()) return {};
      target.message = message();
    }
    if (target.kind == FreeTarget::Kind::ptr) target.index = fields_.word();
    if (target.kind == FreeTarget::Kind::address) target.address = fields_.number();
    return target;
  }

  void decode(OutgoingMessage& message) {
    message.type = fields_.word();
    message.to = task_value();
    message.token = fields_.word();
    message.cookie = fields_.word();
    message.code = fields_.word();
    message.flag = fields_.word();
    message.time = time_value();
    const unsigned parts = fields_.byte();
    message.data_pointer = pointers[(parts >> message_data_at) % data_pointers];
    message.offsets_pointer = pointers[(parts >> message_offsets_at) % offsets_pointers];
    if ((parts & message_has_data_size) != 0) message.data_size = fields_.word();
    if ((parts & message_has_object_count) != 0) message.object_count = fields_.word();
    if ((parts & message_has_offsets) != 0) decode(message.offsets.emplace());
    for (std::uint32_t left = list_length(); left > 0 && !fields_.at_end(); --left) {
      decode(message.objects.emplace_back());
    }
    if (message.data_pointer != Pointer::valid) return;
    const std::uint64_t count = std::min<std::uint64_t>(fields_.number(), message_bytes_max);
    const auto given = fields_.take(count);
    message.data.assign(given.begin(), given.end());
    message.data.resize(static_cast<std::size_t>(count));
  }

  TimeValue time_value() {
    TimeValue time;
    if (fields_.byte() % 2 == 0 || !has_messages()) {
      time.number = fields_.number();
    } else {
      time = {TimeValue::Kind::message, 0, message()};
    }
    return time;
  }

  std::uint32_t list_length() { return std::min(fields_.word(), objects_max); }

  void decode(std::vector<std::uint32_t>& offsets) {
    for (std::uint32_t left = list_length(); left > 0 && !fields_.at_end(); --left) {
      offsets.push_back(fields_.word());
    }
  }

  void decode(OutgoingObject& object) {
    object.offset = fields_.word();
    const unsigned parts = fields_.byte();
    object.kind = static_cast<ObjectKind>(parts % 4);
    switch (object.kind) {
      case ObjectKind::fd:
        object.descriptor_is_name = (parts & object_is_name) != 0;
        object.descriptor = fields_.word();
        if (object.descriptor_is_name) object.descriptor = 1 + object.descriptor % descriptor_names;
        break;
      case ObjectKind::ptr: {
        object.pointer = pointers[(parts >> object_pointer_at) % data_pointers];
        if ((parts & object_has_size) != 0) object.stated_size = fields_.word();
        if (object.pointer != Pointer::valid) break;
        const auto given =
            fields_.take(std::min<std::uint64_t>(fields_.number(), message_bytes_max));
        object.bytes.assign(given.begin(), given.end());
        break;
      }
      case ObjectKind::svc:
        object.handle = task_value();
        object.token = fields_.word();
        object.cookie = fields_.word();
        break;
      case ObjectKind::other: object.type = fields_.word(); break;
    }
  }

  Reader input_;
  Reader fields_{{}};
  Program program_;
  std::uint32_t tasks_ = 0;
  std::uint32_t processes_ = 0;
};

}  // namespace

Program decode_program(std::span<const std::byte> bytes) { return Decoder(bytes).decode(); }

}  // namespace touchstone
