#include "conformance/generator/message_writer.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace touchstone {
namespace {

constexpr std::uint32_t object_bytes = 16;
constexpr std::array<std::uint32_t, 8> plain_sizes{0, 1, 4, 21, 64, 200, 1000, 4000};
constexpr std::array<std::uint32_t, 6> limit_sizes{6144, 6145, 6553, 6554, 16384, 20000};
constexpr std::array<std::uint32_t, 8> wild_numbers{2,     17,         127,        128,
                                                    65535, 0x7fffffff, 0x80000000, 0xffffffff};

std::vector<std::byte> bytes_of(std::uint32_t count, std::uint32_t seed) {
  std::vector<std::byte> bytes(count);
  std::uint32_t state = seed;
  for (std::byte& byte : bytes) {
    byte = static_cast<std::byte>(state >> 16);
    state = state * 1664525 + 1013904223;
  }
  return bytes;
}

Pointer wrong_pointer(std::uint32_t choice) {
  constexpr std::array pointers{Pointer::null, Pointer::bad, Pointer::kernel};
  return pointers[choice % pointers.size()];
}

OutgoingObject write_descriptor(Digits& digits, CastOfPlan& cast, TaskName caller) {
  OutgoingObject object;
  object.kind = ObjectKind::fd;
  object.descriptor_is_name = !digits.one_in(6);
  const PlannedProcess& process = *cast.find(cast.find(caller)->process);
  if (!object.descriptor_is_name) {
    object.descriptor = digits.below(2) == 0 ? digits.below(100) : 0xffffffff;
  } else if (!process.received.empty() && digits.one_in(3)) {
    object.descriptor = std::to_underlying(process.received.back());
  } else {
    object.descriptor = 1 + digits.below(3);
  }
  return object;
}

OutgoingObject write_buffer(Digits& digits, bool is_portable) {
  OutgoingObject object;
  object.kind = ObjectKind::ptr;
  const std::uint32_t wrong = digits.below(10);
  if (wrong == 7) object.pointer = wrong_pointer(digits.below(3));
  if (object.pointer == Pointer::valid) object.bytes = bytes_of(1 + digits.below(40), wrong + 3);
  if (wrong == 8) object.stated_size = 0;
  if (wrong == 9 && !is_portable) {
    constexpr std::array<std::uint32_t, 5> sizes{5000, 60000, 262128, 262145, 0xffffffff};
    object.stated_size = sizes[digits.below(5)];
  }
  return object;
}

OutgoingObject write_service(Digits& digits, const CastOfPlan& cast) {
  OutgoingObject object;
  object.kind = ObjectKind::svc;
  object.token = digits.one_in(4) ? digits.below(3) : 1;
  object.cookie = digits.below(3);
  object.handle = {TaskValue::Kind::self, 0};
  if (digits.below(2) == 1) object.handle = write_task_value(digits.rest(), cast);
  return object;
}

OutgoingObject write_object(Digits& digits, CastOfPlan& cast, TaskName caller, bool is_portable) {
  switch (digits.below(10)) {
    case 0:
    case 1:
    case 2: return write_buffer(digits, is_portable);
    case 3:
    case 4:
    case 5: return write_descriptor(digits, cast, caller);
    case 9: {
      OutgoingObject object;
      object.kind = ObjectKind::other;
      object.type = 3 + digits.below(4);
      return object;
    }
    default: return write_service(digits, cast);
  }
}

void write_objects(OutgoingMessage& message, const Command& command, CastOfPlan& cast,
                   TaskName caller, bool is_portable) {
  Digits digits(command.objects);
  const std::uint32_t count = digits.below(4);
  std::uint32_t seed = digits.rest();
  std::uint32_t end = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    Digits own(seed);
    OutgoingObject object = write_object(own, cast, caller, is_portable);
    object.offset = end + (i * 3) % 7;
    end = object.offset + object_bytes;
    message.objects.push_back(std::move(object));
    seed = (seed * 40503 + 7) & 0xffff;
  }
}

void write_data(OutgoingMessage& message, const Command& command, bool is_portable) {
  Digits digits(command.content);
  message.token = digits.below(3);
  message.cookie = digits.below(2);
  message.code = digits.below(5);
  const bool at_the_limit = digits.one_in(20);
  const std::uint32_t size = at_the_limit && !is_portable
                                 ? limit_sizes[digits.below(limit_sizes.size())]
                                 : plain_sizes[digits.below(plain_sizes.size())];
  message.data = bytes_of(size, command.content);
}

// What can be wrong with a message itself; the number of ways is `message_breakages`.
constexpr std::uint32_t message_breakages = 14;
void break_message(OutgoingMessage& message, std::uint32_t way, Digits& digits) {
  const std::uint32_t number = wild_numbers[digits.below(wild_numbers.size())];
  switch (way) {
    case 0: message.type = digits.below(6); break;
    case 1: message.type = number; break;
    case 2:
    case 3:
      message.data.clear();
      message.data_pointer = wrong_pointer(digits.below(3));
      if (way == 3) message.data_size = 1 + digits.below(300);
      break;
    case 4: message.data_size = digits.below(400); break;
    case 5: message.data_size = number; break;
    case 6: message.object_count = digits.below(6); break;
    case 7: message.object_count = number; break;
    case 8:
      message.offsets_pointer = digits.below(2) == 0 ? Pointer::null : Pointer::bad;
      message.object_count = 1;
      message.data.resize(64);
      break;
    case 9: message.offsets = {number}; break;
    case 10: {
      std::vector<std::uint32_t> offsets;
      for (std::uint32_t i = 1 + digits.below(3); i > 0; --i) offsets.push_back(digits.below(60));
      message.offsets = std::move(offsets);
      break;
    }
    case 11: message.flag = number; break;
    case 12: message.time = {TimeValue::Kind::number, number, unnamed_message}; break;
    default:
      for (OutgoingObject& object : message.objects) object.offset = digits.below(40);
      break;
  }
}
// Of these, those that mean the same in both data models.
constexpr std::array<std::uint32_t, 4> portable_breakages{0, 1, 11, 12};

constexpr std::array free_kinds{
    FreeTarget::Kind::none,     FreeTarget::Kind::null,     FreeTarget::Kind::interior,
    FreeTarget::Kind::data,     FreeTarget::Kind::outside,  FreeTarget::Kind::pool_start,
    FreeTarget::Kind::pool_end, FreeTarget::Kind::past_end, FreeTarget::Kind::address};

FreeTarget wild_free(Digits& digits, const PlannedMessage* message, bool is_portable) {
  FreeTarget target;
  target.kind = free_kinds[digits.below(free_kinds.size() - (is_portable ? 1 : 0))];
  const bool needs_message =
      target.kind == FreeTarget::Kind::interior || target.kind == FreeTarget::Kind::data;
  if (needs_message && message == nullptr) target.kind = FreeTarget::Kind::pool_start;
  if (needs_message && message != nullptr) target.message = message->name;
  if (target.kind == FreeTarget::Kind::address) {
    target.address = 0x20000000 + std::uint64_t{digits.below(8)} * 0x100000;
    target.address += digits.below(64) * 16;
  }
  return target;
}

// What can be wrong with the call around the message.
void break_call(SendReceive& call, Digits& digits, CastOfPlan& cast, bool is_portable) {
  switch (digits.below(6)) {
    case 0: call.out = wrong_pointer(digits.below(3)); break;
    case 1:
      call.argument = write_argument(1 + digits.below(5), call.caller, cast, is_portable);
      break;
    case 2:
      call.flags_are_raw = true;
      call.flags = digits.below(2) == 0 ? digits.below(16) : 0xfffffff8 | digits.below(8);
      break;
    case 3: call.message.reset(); break;
    default:
      call.flags |= flag_buffer_free;
      call.free = wild_free(digits, cast.any_message(digits.below(4)), is_portable);
      break;
  }
}

void break_something(SendReceive& call, const Command& command, CastOfPlan& cast,
                     bool is_portable) {
  if (command.breakage == 0) return;
  Digits digits(command.breakage - 1u);
  if (digits.below(3) == 2) return break_call(call, digits, cast, is_portable);
  const std::uint32_t way =
      is_portable ? portable_breakages[digits.below(4)] : digits.below(message_breakages);
  break_message(*call.message, way, digits);
}

}  // namespace

TaskValue write_task_value(std::uint32_t choice, const CastOfPlan& cast) {
  Digits digits(choice);
  switch (digits.below(12)) {
    case 9: return {TaskValue::Kind::cms, 0};
    case 10: return {TaskValue::Kind::self, 0};
    case 11: return {TaskValue::Kind::number, wild_numbers[digits.below(wild_numbers.size())]};
    default: return cast.task_value(choice);
  }
}

Argument write_argument(std::uint32_t choice, TaskName caller, CastOfPlan& cast, bool is_portable) {
  Digits digits(choice);
  Argument argument;
  switch (digits.below(6)) {
    case 1:
    case 2:
    case 3: argument.pointer = wrong_pointer(choice - 1); break;
    case 4: {
      const PlannedMessage* message = cast.any_message(digits.rest());
      const bool is_own = !is_portable && message != nullptr && message->has_data &&
                          message->owner == cast.find(caller)->process;
      if (is_own) argument = {Pointer::received_data, message->name};
      break;
    }
    default: break;
  }
  return argument;
}

SendReceive write_request(const Command& command, TaskName caller, CastOfPlan& cast,
                          bool is_portable) {
  SendReceive call;
  call.caller = caller;
  Digits manner(command.manner);
  call.flags = flag_send | (manner.below(2) == 1 ? flag_receive : 0);
  OutgoingMessage& message = call.message.emplace();
  message.to = {TaskValue::Kind::cms, 0};
  if (command.object > 0) message.to = write_task_value(command.object - 1u, cast);
  if (manner.one_in(6)) message.flag = 1;
  write_data(message, command, is_portable);
  write_objects(message, command, cast, caller, is_portable);
  if (manner.one_in(8)) {
    if (const PlannedMessage* held = cast.held_message(manner.rest(), false)) {
      call.flags |= flag_buffer_free;
      call.free = {FreeTarget::Kind::message, held->name, 0, 0};
    }
  }
  break_something(call, command, cast, is_portable);
  return call;
}

SendReceive write_answer(const Command& command, TaskName caller, const PlannedMessage& request,
                         CastOfPlan& cast, bool is_portable) {
  SendReceive call;
  call.caller = caller;
  Digits manner(command.manner);
  call.flags = flag_send | flag_buffer_free | (manner.one_in(6) ? flag_receive : 0);
  call.free = {FreeTarget::Kind::message, request.name, 0, 0};
  OutgoingMessage& message = call.message.emplace();
  message.type =
      std::to_underlying(manner.one_in(5) ? MessageType::failed_reply : MessageType::reply);
  message.to = request.from;
  message.time = {TimeValue::Kind::message, 0, request.name};
  write_data(message, command, is_portable);
  write_objects(message, command, cast, caller, is_portable);
  if (manner.one_in(8)) message.to = write_task_value(manner.rest(), cast);
  if (manner.one_in(8)) {
    const PlannedMessage* other = cast.any_message(manner.rest());
    message.time.message = other->name;
    if (other->name == request.name) message.time = {TimeValue::Kind::number, 17, unnamed_message};
  }
  break_something(call, command, cast, is_portable);
  return call;
}

SendReceive write_give_back(const Command& command, TaskName caller, const PlannedMessage& message,
                            bool is_portable) {
  SendReceive call;
  call.caller = caller;
  Digits manner(command.manner);
  call.flags = flag_buffer_free | (manner.one_in(6) ? flag_receive : 0);
  call.free = {FreeTarget::Kind::message, message.name, 0, 0};
  if (message.buffers > 0 && manner.below(2) == 1) {
    call.free.kind = FreeTarget::Kind::ptr;
    call.free.index = manner.below(message.buffers);
  }
  if (command.breakage > 0) {
    Digits digits(command.breakage - 1u);
    call.free = wild_free(digits, &message, is_portable);
  }
  return call;
}

}  // namespace touchstone
