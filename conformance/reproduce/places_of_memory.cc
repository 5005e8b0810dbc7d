#include "conformance/reproduce/places_of_memory.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <span>
#include <utility>
#include <variant>

#include "adapter/abi.h"
#include "adapter/operation_names.h"
#include "conformance/also_right.h"
#include "conformance/judge.h"

namespace touchstone {
namespace {

const Argument* argument_of(const Operation& operation) {
  if (const auto* version = std::get_if<GetVersion>(&operation)) return &version->argument;
  if (const auto* command = std::get_if<CmsCommand>(&operation)) return &command->argument;
  if (const auto* call = std::get_if<SendReceive>(&operation)) return &call->argument;
  return nullptr;
}

// Whether the array of offsets names the object.
bool is_named(const OutgoingMessage& message, std::size_t index) {
  const std::size_t count = message.object_count.value_or(UINT32_MAX);
  if (!message.offsets) return index < count;
  const auto named = std::span(*message.offsets).first(std::min(count, message.offsets->size()));
  return std::ranges::find(named, message.objects[index].offset) != named.end();
}

// What no offset names the kernel leaves as it is.
bool sends_numbers_as_data(const OutgoingMessage& message) {
  for (std::size_t index = 0; index < message.objects.size(); ++index) {
    const OutgoingObject& object = message.objects[index];
    const bool holds_number =
        object.kind == ObjectKind::ptr || object.handle.kind == TaskValue::Kind::task;
    if (holds_number && !is_named(message, index)) return true;
  }
  return false;
}

}  // namespace

PlacesOfMemory::PlacesOfMemory(const Program& program, DataModel data_model)
    : cast_(program),
      data_model_(data_model),
      object_bytes_(layout_of(data_model_of(program)).object_bytes),
      owners_(program.message_names.size()) {}

bool PlacesOfMemory::decide(const Step& step) {
  if (const auto* raw = std::get_if<RawIoctl>(&step.operation)) {
    return takes_pointer(*raw) && pointer_of(*raw, data_model_) == Pointer::valid;
  }
  const auto caller = caller_of(step.operation);
  const auto process = caller ? cast_.process_of(*caller) : std::nullopt;
  note(step, process);
  if (const Argument* argument = argument_of(step.operation)) {
    if (is_of_another(argument->message, process)) return true;
    // What is read there goes on behind the data, and may hold what objects have become.
    const bool is_read = !std::holds_alternative<GetVersion>(step.operation);
    if (is_read && argument->pointer == Pointer::received_data) return true;
  }
  const auto* call = std::get_if<SendReceive>(&step.operation);
  if (call == nullptr) return false;
  if (call->free.kind == FreeTarget::Kind::address) return true;
  if (call->free.kind == FreeTarget::Kind::pool_start && has_received(process)) return true;
  if (is_of_another(call->free.message, process)) return true;
  return call->message &&
         (overwrites_a_pointer(*call->message) || sends_numbers_as_data(*call->message));
}

bool PlacesOfMemory::has_received(std::optional<ProcessName> process) const {
  return process && std::ranges::find(owners_, process) != owners_.end();
}

// An exec leaves nothing of what was received.
void PlacesOfMemory::note(const Step& step, std::optional<ProcessName> process) {
  const auto name = std::to_underlying(message_named_by(step));
  if (name < owners_.size() && process) owners_[name] = *process;
  if (!std::holds_alternative<Exec>(step.operation)) return;
  for (std::optional<ProcessName>& owner : owners_) {
    if (owner == process) owner.reset();
  }
}

bool PlacesOfMemory::is_of_another(MessageName name, std::optional<ProcessName> process) const {
  const auto index = std::to_underlying(name);
  return index < owners_.size() && owners_[index] != process;
}

// Objects are written in their order.
bool PlacesOfMemory::overwrites_a_pointer(const OutgoingMessage& message) const {
  for (auto one = message.objects.begin(); one != message.objects.end(); ++one) {
    if (one->kind != ObjectKind::ptr) continue;
    const auto overlaps = [this, &one](const OutgoingObject& later) {
      return std::abs(std::int64_t{later.offset} - std::int64_t{one->offset}) < object_bytes_;
    };
    if (std::any_of(std::next(one), message.objects.end(), overlaps)) return true;
  }
  return false;
}

}  // namespace touchstone
