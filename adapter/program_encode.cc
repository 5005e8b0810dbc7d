#include <algorithm>
#include <unordered_map>
#include <utility>
#include <variant>

#include "adapter/operation_names.h"
#include "adapter/program_bytes.h"
#include "adapter/program_bytes_layout.h"

namespace touchstone {
namespace {

using namespace program_bytes;

class Encoder {
 public:
  explicit Encoder(const Program& program) : program_(program) {}

  std::vector<std::byte> encode() {
    bytes_.push_back(static_cast<std::byte>(program_.header.abi));
    bytes_.push_back(static_cast<std::byte>(program_.header.ids_reused ? 1 : 0));
    for (const Step& step : program_.steps) {
      fields_.clear();
      std::visit([this](const auto& operation) { encode(operation); }, step.operation);
      bytes_.push_back(static_cast<std::byte>(step.operation.index()));
      put_number(bytes_, fields_.size());
      bytes_.insert(bytes_.end(), fields_.begin(), fields_.end());
      note_names(step);
    }
    return std::move(bytes_);
  }

 private:
  using Places = std::unordered_map<std::uint32_t, std::uint32_t>;

  static void put_number(std::vector<std::byte>& to, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) to.push_back(static_cast<std::byte>(value | 0x80));
    to.push_back(static_cast<std::byte>(value));
  }
  void number(std::uint64_t value) { put_number(fields_, value); }
  void byte(unsigned value) { fields_.push_back(static_cast<std::byte>(value)); }

  // --- names ---

  static std::uint32_t place(const Places& places, std::uint32_t name) {
    const auto found = places.find(name);
    return found == places.end() ? 0 : found->second;
  }
  void task(TaskName name) { number(place(tasks_, std::to_underlying(name))); }
  void process(ProcessName name) { number(place(processes_, std::to_underlying(name))); }
  void message(MessageName name) {
    const auto found = messages_.find(std::to_underlying(name));
    number(found == messages_.end() ? 0 : receivers_ - 1 - found->second);
  }
  static void make(Places& places, std::uint32_t name) {
    places.insert_or_assign(name, static_cast<std::uint32_t>(places.size()));
  }

  void note_names(const Step& step) {
    const Operation& operation = step.operation;
    const Made made = made_by(operation);
    if (made.process) make(processes_, std::to_underlying(*made.process));
    if (made.task) make(tasks_, std::to_underlying(*made.task));
    const auto* call = std::get_if<SendReceive>(&operation);
    const bool receives = call != nullptr && (call->flags & flag_receive) != 0;
    if (!receives && !std::holds_alternative<Poll>(operation)) return;
    if (const MessageName name = message_named_by(step); name != unnamed_message) {
      messages_[std::to_underlying(name)] = receivers_;
    }
    ++receivers_;
  }

  void task_value(const TaskValue& value) {
    const auto kind = std::ranges::find(task_value_kinds, value.kind);
    byte(static_cast<unsigned>(kind == task_value_kinds.end() ? 0
                                                              : kind - task_value_kinds.begin()));
    if (value.kind == TaskValue::Kind::number) number(value.value);
    if (value.kind == TaskValue::Kind::task) task(TaskName{value.value});
  }

  void argument(const Argument& argument) {
    byte(std::to_underlying(argument.pointer));
    if (argument.pointer == Pointer::received_data) message(argument.message);
  }

  // --- operations ---

  void encode(const Spawn& step) {
    number(step.uid);
    number(step.gid);
  }
  void encode(const CreateThread& step) { process(step.process); }
  void encode(const ExitProcess& step) { process(step.process); }
  void encode(const CountDescriptors& step) { process(step.process); }
  void encode(const Poll& step) { task(step.task); }
  void encode(const Advance& step) { number(step.milliseconds); }
  void encode(const InjectAllocFailure& step) { number(step.after); }
  void encode(const Mmap& step) {
    task(step.caller);
    number(step.bytes);
    byte(step.protection);
    byte(step.flags);
  }
  void encode(const SetCms& step) {
    task(step.caller);
    number(step.message_bytes_max);
  }
  void encode(const CmsCommand& step) {
    task(step.caller);
    number(step.command);
    task_value(step.subject);
    task_value(step.service);
    argument(step.argument);
  }
  void encode(const GetVersion& step) {
    task(step.caller);
    argument(step.argument);
  }
  void encode(const RawIoctl& step) {
    task(step.caller);
    number(step.command);
    number(step.argument);
  }
  template <typename T>  // those that are nothing but their caller
  void encode(const T& step) {
    task(step.caller);
  }

  void encode(const SendReceive& step) {
    task(step.caller);
    byte(step.flags % 8 | (step.flags_are_raw ? call_is_raw : 0) |
         (step.message ? call_has_message : 0) |
         static_cast<unsigned>(std::to_underlying(step.out)) << call_out_at);
    if (step.flags_are_raw) number(step.flags);
    byte(std::to_underlying(step.free.kind));
    if (names_message(step.free.kind)) message(step.free.message);
    if (step.free.kind == FreeTarget::Kind::ptr) number(step.free.index);
    if (step.free.kind == FreeTarget::Kind::address) number(step.free.address);
    argument(step.argument);
    if (step.message) encode(*step.message);
  }

  void encode(const OutgoingMessage& message_out) {
    number(message_out.type);
    task_value(message_out.to);
    number(message_out.token);
    number(message_out.cookie);
    number(message_out.code);
    number(message_out.flag);
    byte(message_out.time.kind == TimeValue::Kind::message ? 1 : 0);
    if (message_out.time.kind == TimeValue::Kind::message) {
      message(message_out.time.message);
    } else {
      number(message_out.time.number);
    }
    byte((message_out.data_size ? message_has_data_size : 0) |
         (message_out.object_count ? message_has_object_count : 0) |
         (message_out.offsets ? message_has_offsets : 0) |
         static_cast<unsigned>(std::to_underlying(message_out.data_pointer)) << message_data_at |
         static_cast<unsigned>(std::to_underlying(message_out.offsets_pointer))
             << message_offsets_at);
    if (message_out.data_size) number(*message_out.data_size);
    if (message_out.object_count) number(*message_out.object_count);
    if (message_out.offsets) {
      number(message_out.offsets->size());
      for (const std::uint32_t offset : *message_out.offsets) number(offset);
    }
    number(message_out.objects.size());
    for (const OutgoingObject& object : message_out.objects) encode(object);
    if (message_out.data_pointer != Pointer::valid) return;
    number(message_out.data.size());
    const auto is_not_zero = [](std::byte one) { return one != std::byte{0}; };
    const auto last = std::find_if(message_out.data.rbegin(), message_out.data.rend(), is_not_zero);
    fields_.insert(fields_.end(), message_out.data.begin(), last.base());
  }

  void encode(const OutgoingObject& object) {
    number(object.offset);
    byte(static_cast<unsigned>(std::to_underlying(object.kind)) |
         (object.descriptor_is_name ? object_is_name : 0) |
         static_cast<unsigned>(std::to_underlying(object.pointer)) << object_pointer_at |
         (object.stated_size ? object_has_size : 0));
    switch (object.kind) {
      case ObjectKind::fd:
        number(object.descriptor_is_name ? object.descriptor - 1 : object.descriptor);
        break;
      case ObjectKind::ptr:
        if (object.stated_size) number(*object.stated_size);
        if (object.pointer != Pointer::valid) break;
        number(object.bytes.size());
        fields_.insert(fields_.end(), object.bytes.begin(), object.bytes.end());
        break;
      case ObjectKind::svc:
        task_value(object.handle);
        number(object.token);
        number(object.cookie);
        break;
      case ObjectKind::other: number(object.type); break;
    }
  }

  const Program& program_;
  std::vector<std::byte> bytes_;
  std::vector<std::byte> fields_;  // of the step at hand
  Places tasks_;
  Places processes_;
  Places messages_;  // which of the steps that can receive one it came from
  std::uint32_t receivers_ = 0;
};

}  // namespace

std::vector<std::byte> encode_program(const Program& program) { return Encoder(program).encode(); }

}  // namespace touchstone
