#include "conformance/reproduce/minimize_weight.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

#include "adapter/operation_names.h"

namespace touchstone {
namespace {

class Scale {
 public:
  Weight weigh(const Operation& operation) {
    visit_names(operation, [this](const auto& name) { put_name(name); });
    std::visit([this](const auto& step) { put(step); }, operation);
    return weight_;
  }

 private:
  // --- names: a message's counts for nothing ---

  void put_name(ProcessName name) { number(std::to_underlying(name)); }
  void put_name(TaskName name) { number(std::to_underlying(name)); }
  void put_name(MessageName) {}
  void put_name(const TaskValue& value) {
    if (value.kind == TaskValue::Kind::task) {
      ++weight_.parts;
      number(value.value);
    } else if (value.kind == TaskValue::Kind::number) {
      if (value.value != 0) weight_.parts += 3;
      number(value.value);
    } else if (value.kind != TaskValue::Kind::cms) {
      weight_.parts += 2;
    }
  }

  // --- steps ---

  void put(const Spawn& step) {
    weight_.parts += 4;
    unless_zero(step.uid);
    unless_zero(step.gid);
  }
  void put(const Fork&) { weight_.parts += 6; }
  void put(const CreateThread&) { weight_.parts += 1; }
  void put(const Mmap& step) {
    unless(plain_pool_bytes, step.bytes);
    unless(protection_read, step.protection);
    unless(map_private, step.flags);
  }
  void put(const SetCms& step) { unless(plain_cms_bytes, step.message_bytes_max); }
  void put(const CmsCommand& step) {
    unless(cms_add_access, step.command);
    put(step.argument);
  }
  void put(const GetVersion& step) { put(step.argument); }
  void put(const RawIoctl& step) {
    weight_.parts += 2;
    unless_zero(step.command);
    unless_zero(step.argument);
  }
  void put(const SendReceive& step) {
    // One flag is plainer than none: such a call has a verb.
    weight_.parts += step.flags == 0 ? 2 : static_cast<std::size_t>(std::popcount(step.flags));
    if (step.flags_are_raw) ++weight_.parts;
    if (step.message) put(*step.message);
    if (step.out != Pointer::valid) ++weight_.parts;
    put(step.free);
    put(step.argument);
  }
  void put(const Advance& step) { unless_zero(step.milliseconds); }
  void put(const InjectAllocFailure& step) { unless_zero(step.after); }
  template <typename Other>
  void put(const Other&) {}

  // --- parts of steps ---

  void put(const Argument& argument) {
    if (argument.pointer != Pointer::valid) ++weight_.parts;
    if (argument.pointer != Pointer::valid && argument.pointer != Pointer::null) number(1);
    if (argument.pointer == Pointer::received_data) number(1);
  }

  void put(const FreeTarget& free) {
    using Kind = FreeTarget::Kind;
    if (free.kind == Kind::none) return;
    // What needs no message is plainer.
    const bool is_anywhere = free.kind == Kind::null || free.kind == Kind::pool_start;
    weight_.parts += is_anywhere ? 1 : free.kind == Kind::message ? 2 : 3;
    unless_zero(free.index);
    unless_zero(free.address);
  }

  void put(const OutgoingMessage& message) {
    ++weight_.parts;
    unless_zero(message.type);
    for (const std::uint32_t one : {message.token, message.cookie, message.code, message.flag}) {
      unless_zero(one);
    }
    if (message.time.kind == TimeValue::Kind::message) ++weight_.parts;
    unless_zero(message.time.number);
    put(message.data);
    if (message.data_pointer != Pointer::valid) ++weight_.parts;
    if (message.offsets_pointer != Pointer::valid) ++weight_.parts;
    for (const auto& stated : {message.data_size, message.object_count}) if_stated(stated);
    if (message.offsets) {
      weight_.parts += 1 + message.offsets->size();
      for (const std::uint32_t offset : *message.offsets) number(offset);
    }
    for (const OutgoingObject& object : message.objects) put(object);
  }

  void put(const OutgoingObject& object) {
    weight_.parts += 2;
    number(object.offset);
    number(object.descriptor);
    if (object.kind == ObjectKind::fd && !object.descriptor_is_name) ++weight_.parts;
    if (object.pointer != Pointer::valid) ++weight_.parts;
    put(object.bytes);
    if_stated(object.stated_size);
    for (const std::uint32_t one : {object.token, object.cookie, object.type}) unless_zero(one);
  }

  void put(const std::vector<std::byte>& bytes) {
    if (bytes.empty()) return;
    ++weight_.parts;
    number(2 * bytes.size());
    number(static_cast<std::uint64_t>(
        std::ranges::count_if(bytes, [](std::byte byte) { return byte != std::byte{0}; })));
  }

  // --- numbers ---

  void if_stated(const std::optional<std::uint32_t>& stated) {
    if (!stated) return;
    ++weight_.parts;
    number(*stated);
  }

  void unless_zero(std::uint64_t value) { unless(0, value); }

  void unless(std::uint64_t plain, std::uint64_t value) {
    if (value == plain) return;
    ++weight_.parts;
    number(value);
  }

  void number(std::uint64_t value) {
    const std::uint64_t room = std::numeric_limits<std::uint64_t>::max() - weight_.numbers;
    weight_.numbers += std::min(value, room);
  }

  Weight weight_{.steps = 1, .parts = 0, .numbers = 0};
};

}  // namespace

Weight weight_of(const Operation& operation) { return Scale().weigh(operation); }

Weight weight_of(const Program& program) {
  Weight all;
  for (const Step& step : program.steps) {
    const Weight one = weight_of(step.operation);
    all.steps += one.steps;
    all.parts += one.parts;
    const std::uint64_t room = std::numeric_limits<std::uint64_t>::max() - all.numbers;
    all.numbers += std::min(one.numbers, room);
  }
  if (program.header.abi != CaseAbi::any) ++all.parts;
  if (program.header.ids_reused) all.parts += 2;
  return all;
}

}  // namespace touchstone
