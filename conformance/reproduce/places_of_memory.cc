#include "conformance/reproduce/places_of_memory.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <span>
#include <type_traits>
#include <utility>
#include <variant>

#include "adapter/abi.h"
#include "adapter/operation_names.h"
#include "conformance/also_right.h"
#include "conformance/judge.h"

namespace touchstone {
namespace {

constexpr std::size_t word_bytes = 4;

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

bool is_in(const std::vector<ProcessName>& processes, ProcessName process) {
  return std::ranges::find(processes, process) != processes.end();
}

std::size_t plain_bytes_of(const ReceivedMessage& message) {
  std::size_t bytes = message.data.size();
  for (const ReceivedObject& object : message.objects) {
    bytes = std::min<std::size_t>(bytes, object.offset);
  }
  const auto behind_word =
      std::span(message.data).first(bytes).subspan(std::min(bytes, word_bytes));
  const auto zeroes =
      std::ranges::find_if(behind_word, [](std::byte b) { return b != std::byte{}; });
  return bytes - static_cast<std::size_t>(behind_word.end() - zeroes);
}

// A system that has more tasks than the contract may have more than an agent can say: Linux refuses
// no id below 2^22.
std::uint32_t task_limit_of(const BackendInfo& backend) {
  constexpr std::uint32_t most = 1u << 22;
  const bool may_be_more = backend.real_time && backend.task_limit > BackendInfo{}.task_limit;
  return may_be_more ? std::max(backend.task_limit, most) : backend.task_limit;
}

}  // namespace

PlacesOfMemory::PlacesOfMemory(const Program& program, const BackendInfo& backend)
    : cast_(program),
      data_model_(backend.data_model),
      task_limit_(task_limit_of(backend)),
      is_of_a_system_(backend.real_time),
      object_bytes_(layout_of(data_model_of(program)).object_bytes),
      received_(program.message_names.size()) {}

bool PlacesOfMemory::decide(const Operation& operation) const {
  if (const auto* raw = std::get_if<RawIoctl>(&operation)) {
    return takes_pointer(*raw) && pointer_of(*raw, data_model_) == Pointer::valid;
  }
  if (const auto* exec = std::get_if<Exec>(&operation)) {
    return is_of_a_system_ && cast_.came_as_thread(exec->caller);
  }
  if (names_an_id_of_one(operation)) return true;
  const auto caller = caller_of(operation);
  const auto process = caller ? cast_.process_of(*caller) : std::nullopt;
  if (decides_argument(operation, process)) return true;
  const auto* call = std::get_if<SendReceive>(&operation);
  if (call == nullptr) return false;
  if (decides_free(call->free, process)) return true;
  return call->message &&
         (overwrites_a_pointer(*call->message) || sends_numbers_as_data(*call->message));
}

// The reference has as many as the contract.
bool PlacesOfMemory::names_an_id_of_one(const Operation& operation) const {
  static const std::uint32_t right = BackendInfo{}.task_limit;
  bool is_of_one = false;
  visit_names(operation, [&]<typename Name>(const Name& name) {
    if constexpr (std::is_same_v<Name, TaskValue>) {
      const bool is_number = name.kind == TaskValue::Kind::number;
      is_of_one |= is_number && (name.value < right) != (name.value < task_limit_);
    }
  });
  return is_of_one;
}

bool PlacesOfMemory::decides_argument(const Operation& operation,
                                      std::optional<ProcessName> process) const {
  const Argument* argument = argument_of(operation);
  if (argument == nullptr || argument->pointer != Pointer::received_data) return false;
  const Received* message = own(argument->message, process);
  if (message == nullptr) return true;
  if (std::holds_alternative<GetVersion>(operation)) return false;  // reads nothing
  const std::size_t bytes = std::holds_alternative<CmsCommand>(operation)
                                ? cms_content_bytes
                                : layout_of(data_model_).content_bytes;
  return message->is_freed || message->plain_bytes < bytes;
}

bool PlacesOfMemory::decides_free(const FreeTarget& target,
                                  std::optional<ProcessName> process) const {
  if (target.kind == FreeTarget::Kind::address) return true;
  if (target.kind == FreeTarget::Kind::pool_start) return may_hold_messages(process);
  if (target.message == unnamed_message) return false;
  // The address of what is no message of this process lies in its pool here, and outside there.
  const Received* message = own(target.message, process);
  return message == nullptr || message->may_be_another;
}

void PlacesOfMemory::note(const Operation& operation, const Outcome& outcome) {
  const auto caller = caller_of(operation);
  const auto process = caller ? cast_.process_of(*caller) : std::nullopt;
  if (!process) return;
  if (std::holds_alternative<Exec>(operation)) note_exec(*process);
  if (const auto* call = std::get_if<SendReceive>(&operation)) note_free(call->free);
  if (outcome.kind == Outcome::Kind::message) note_message(*process, outcome.message);
  if (outcome.kind == Outcome::Kind::blocked) sleepers_.push_back(*process);
}

void PlacesOfMemory::note_free(const FreeTarget& target) {
  const auto name = std::to_underlying(target.message);
  if (name >= received_.size() || !received_[name]) return;
  if (target.kind != FreeTarget::Kind::message && target.kind != FreeTarget::Kind::ptr) return;
  received_[name]->is_freed = true;
  received_[name]->may_be_another |= is_in(sleepers_, received_[name]->owner);
}

void PlacesOfMemory::note_exec(ProcessName process) {
  std::erase(sleepers_, process);
  for (std::optional<Received>& message : received_) {
    if (message && message->owner == process) message.reset();
  }
}

void PlacesOfMemory::note_message(ProcessName process, const ReceivedMessage& message) {
  for (std::optional<Received>& earlier : received_) {
    if (earlier && earlier->owner == process) earlier->may_be_another |= earlier->is_freed;
  }
  const auto name = std::to_underlying(message.name);
  if (name < received_.size()) received_[name] = {process, plain_bytes_of(message)};
}

const PlacesOfMemory::Received* PlacesOfMemory::own(MessageName name,
                                                    std::optional<ProcessName> process) const {
  const auto index = std::to_underlying(name);
  if (index >= received_.size() || !received_[index]) return nullptr;
  return received_[index]->owner == process ? &*received_[index] : nullptr;
}

bool PlacesOfMemory::may_hold_messages(std::optional<ProcessName> process) const {
  const auto is_own = [&](const auto& message) { return message && message->owner == process; };
  return process && (is_in(sleepers_, *process) || std::ranges::any_of(received_, is_own));
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
