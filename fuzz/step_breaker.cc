#include "fuzz/step_breaker.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <variant>

namespace touchstone::fuzz {
namespace {

constexpr std::array<std::uint32_t, 28> numbers{
    0,    1,    2,    3,     4,      15,     16,         17,        63,   64,
    72,   79,   80,   127,   128,    129,    200,        1024,      4096, 6144,
    6145, 6553, 6554, 65536, 262144, 262145, 0x7fffffff, 0xffffffff};
constexpr std::array wrong_pointers{Pointer::null, Pointer::bad, Pointer::kernel, Pointer::valid};

class Breaker {
 public:
  Breaker(const NameCounts& names, Draw& draw) : names_(names), draw_(draw) {}

  void change(Spawn& step) { change_word(draw_.one_in(2) ? step.uid : step.gid); }
  void change(Mmap& step) {
    switch (draw_.below(4)) {
      case 0: step.protection = draw_.below(8); break;
      case 1: step.flags = draw_.below(4); break;
      default: change_long(step.bytes); break;
    }
  }
  void change(SetCms& step) { change_long(step.message_bytes_max); }
  void change(RawIoctl& step) { change_long(draw_.one_in(2) ? step.command : step.argument); }
  void change(Advance& step) {
    constexpr std::array<std::uint64_t, 6> times{0, 1, 4999, 5000, 5001, 10000};
    step.milliseconds = times[draw_.below(times.size())];
  }
  void change(InjectAllocFailure& step) { step.after = draw_.below(12); }
  void change(GetVersion& step) { change_argument(step.argument); }
  void change(CmsCommand& step) {
    switch (draw_.below(5)) {
      case 0: step.command = draw_.below(5); break;
      case 1: step.caller = task(); break;
      case 2: change_argument(step.argument); break;
      default: change_task_value(draw_.one_in(2) ? step.subject : step.service); break;
    }
  }
  void change(SendReceive& step);
  template <typename T>
  void change(T& step) {
    if constexpr (requires { step.caller; }) step.caller = task();
    if constexpr (std::is_same_v<T, Poll>) step.task = task();
  }

 private:
  TaskName task() { return TaskName{1 + draw_.below(names_.tasks)}; }
  MessageName message() { return MessageName{draw_.below(names_.messages)}; }

  void change_word(std::uint32_t& value) {
    switch (draw_.below(4)) {
      case 0: ++value; break;
      case 1: --value; break;
      case 2: value ^= 1u << draw_.below(32); break;
      default: value = numbers[draw_.below(numbers.size())]; break;
    }
  }
  void change_long(std::uint64_t& value) {
    if (draw_.one_in(4)) {
      value ^= std::uint64_t{1} << draw_.below(64);
      return;
    }
    auto low = static_cast<std::uint32_t>(value);
    change_word(low);
    value = low;
  }
  void change_task_value(TaskValue& value) {
    switch (draw_.below(8)) {
      case 0: value = {TaskValue::Kind::cms, 0}; break;
      case 1: value = {TaskValue::Kind::self, 0}; break;
      case 2: value = {TaskValue::Kind::number, numbers[draw_.below(numbers.size())]}; break;
      case 3:
        if (value.kind == TaskValue::Kind::number) change_word(value.value);
        break;
      default: value = {TaskValue::Kind::task, std::to_underlying(task())}; break;
    }
  }
  void change_argument(Argument& argument) {
    argument = {wrong_pointers[draw_.below(wrong_pointers.size())], unnamed_message};
    if (draw_.one_in(4)) argument = {Pointer::received_data, message()};
  }
  void change_free(FreeTarget& target) {
    constexpr std::array kinds{
        FreeTarget::Kind::message,    FreeTarget::Kind::message,  FreeTarget::Kind::message,
        FreeTarget::Kind::ptr,        FreeTarget::Kind::interior, FreeTarget::Kind::data,
        FreeTarget::Kind::none,       FreeTarget::Kind::null,     FreeTarget::Kind::outside,
        FreeTarget::Kind::pool_start, FreeTarget::Kind::pool_end, FreeTarget::Kind::past_end,
        FreeTarget::Kind::address};
    target = {};
    target.kind = kinds[draw_.below(kinds.size())];
    switch (target.kind) {
      case FreeTarget::Kind::ptr: target.index = draw_.below(3); [[fallthrough]];
      case FreeTarget::Kind::message:
      case FreeTarget::Kind::interior:
      case FreeTarget::Kind::data: target.message = message(); break;
      case FreeTarget::Kind::address:
        target.address = 0x20000000 + std::uint64_t{draw_.below(8)} * 0x100000;
        target.address += draw_.below(128) * 8;
        break;
      default: break;
    }
  }

  void change(OutgoingMessage& message);
  void change_data(OutgoingMessage& message);
  void change_objects(OutgoingMessage& message);
  OutgoingObject new_object();
  void change(OutgoingObject& object);

  const NameCounts& names_;
  Draw& draw_;
};

void Breaker::change(SendReceive& step) {
  switch (draw_.below(12)) {
    case 0: step.flags ^= 1u << draw_.below(3); break;
    case 1:
      step.flags_are_raw = true;
      step.flags = draw_.one_in(2) ? draw_.below(16) : 0xfffffff8 | draw_.below(8);
      break;
    case 2: step.out = wrong_pointers[draw_.below(wrong_pointers.size())]; break;
    case 3:
      step.flags |= flag_buffer_free;
      change_free(step.free);
      break;
    case 4: change_argument(step.argument); break;
    case 5: step.caller = task(); break;
    default:
      if (step.message) {
        change(*step.message);
      } else {
        change_free(step.free);
      }
      break;
  }
}

void Breaker::change(OutgoingMessage& out) {
  switch (draw_.below(14)) {
    case 0:
      out.type = draw_.one_in(3) ? numbers[draw_.below(numbers.size())] : draw_.below(5);
      break;
    case 1:
    case 2: change_task_value(out.to); break;
    case 3: change_word(out.token); break;
    case 4: change_word(out.cookie); break;
    case 5: change_word(out.code); break;
    case 6:
      out.flag = draw_.one_in(2) ? draw_.below(3) : numbers[draw_.below(numbers.size())];
      break;
    case 7:
      out.time = {TimeValue::Kind::message, 0, message()};
      if (draw_.one_in(3)) out.time = {TimeValue::Kind::number, draw_.below(3), unnamed_message};
      break;
    case 8:
    case 9:
    case 10: change_data(out); break;
    default: change_objects(out); break;
  }
}

void Breaker::change_data(OutgoingMessage& out) {
  const std::uint32_t number = numbers[draw_.below(numbers.size())];
  switch (draw_.below(7)) {
    case 0:
      out.data_pointer = wrong_pointers[draw_.below(wrong_pointers.size())];
      if (out.data_pointer != Pointer::valid) out.data.clear();
      break;
    case 1: out.data_size = number; break;
    case 2: out.data_size.reset(); break;
    case 3: out.data.resize(std::min<std::uint32_t>(number, 20000)); break;
    case 4: out.data.resize(out.data.size() + 1); break;
    case 5:
      if (!out.data.empty()) out.data.pop_back();
      break;
    default:
      if (!out.data.empty()) {
        out.data[draw_.below(static_cast<std::uint32_t>(out.data.size()))] =
            static_cast<std::byte>(draw_.below(256));
      }
      break;
  }
  if (out.data_pointer != Pointer::valid) out.data.clear();
}

void Breaker::change_objects(OutgoingMessage& out) {
  const std::uint32_t number = numbers[draw_.below(numbers.size())];
  const auto count = static_cast<std::uint32_t>(out.objects.size());
  switch (draw_.below(10)) {
    case 0: out.object_count = draw_.one_in(2) ? number : draw_.below(5); break;
    case 1: out.object_count.reset(); break;
    case 2: {
      constexpr std::array pointers{Pointer::valid, Pointer::null, Pointer::bad};
      out.offsets_pointer = pointers[draw_.below(3)];
      break;
    }
    case 3: {
      std::vector<std::uint32_t> offsets;
      for (const OutgoingObject& object : out.objects) offsets.push_back(object.offset);
      if (offsets.empty()) offsets.push_back(0);
      change_word(offsets[draw_.below(static_cast<std::uint32_t>(offsets.size()))]);
      out.offsets = std::move(offsets);
      break;
    }
    case 4: out.offsets.reset(); break;
    case 5:
      if (count > 0) out.objects.erase(out.objects.begin() + draw_.below(count));
      break;
    case 6:
    case 7: {
      OutgoingObject object = new_object();
      if (count > 0) object.offset = out.objects.back().offset + 16;
      if (count < 40) out.objects.push_back(std::move(object));
      break;
    }
    default:
      if (count > 0) change(out.objects[draw_.below(count)]);
      break;
  }
}

OutgoingObject Breaker::new_object() {
  OutgoingObject object;
  switch (draw_.below(7)) {
    case 0:
    case 1:
      object.descriptor_is_name = true;
      object.descriptor = 1 + draw_.below(3);
      break;
    case 2:
    case 3:
      object.kind = ObjectKind::ptr;
      object.bytes.assign(1 + draw_.below(40), static_cast<std::byte>(draw_.below(256)));
      break;
    case 6:
      object.kind = ObjectKind::other;
      object.type = 3 + draw_.below(4);
      break;
    default:
      object.kind = ObjectKind::svc;
      object.handle = {TaskValue::Kind::self, 0};
      object.token = 1;
      if (draw_.one_in(2)) change_task_value(object.handle);
      break;
  }
  return object;
}

void Breaker::change(OutgoingObject& object) {
  if (draw_.one_in(4)) {
    const std::uint32_t step = 1 + draw_.below(16);
    object.offset =
        draw_.one_in(2) ? object.offset + step : object.offset - std::min(object.offset, step);
    return;
  }
  switch (object.kind) {
    case ObjectKind::fd:
      object.descriptor_is_name = !draw_.one_in(3);
      object.descriptor = object.descriptor_is_name
                              ? (draw_.one_in(2) ? 1 + draw_.below(3) : 101 + draw_.below(4))
                              : numbers[draw_.below(numbers.size())];
      break;
    case ObjectKind::ptr:
      if (draw_.one_in(3)) {
        object.stated_size = numbers[draw_.below(numbers.size())];
      } else if (draw_.one_in(3)) {
        object.pointer = wrong_pointers[draw_.below(wrong_pointers.size())];
        if (object.pointer != Pointer::valid) object.bytes.clear();
      } else if (object.pointer == Pointer::valid) {
        object.bytes.resize(draw_.below(70));
      }
      break;
    case ObjectKind::svc:
      if (draw_.one_in(2)) {
        change_task_value(object.handle);
      } else {
        change_word(draw_.one_in(2) ? object.token : object.cookie);
      }
      break;
    case ObjectKind::other: object.type = 3 + draw_.below(0x10000); break;
  }
}

}  // namespace

void break_field(Operation& operation, const NameCounts& names, Draw& draw) {
  Breaker breaker(names, draw);
  std::visit([&breaker](auto& step) { breaker.change(step); }, operation);
}

}  // namespace touchstone::fuzz
