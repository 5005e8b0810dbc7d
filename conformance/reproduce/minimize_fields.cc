#include "conformance/reproduce/minimize_fields.h"

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "adapter/operation_names.h"
#include "conformance/reproduce/minimize_weight.h"

namespace touchstone {
namespace {

constexpr std::uint64_t page_bytes = 4096;

// Of the same type, to the same task, about the same request.
OutgoingMessage plain_message(const OutgoingMessage& message) {
  OutgoingMessage plain;
  plain.type = message.type;
  plain.to = message.to;
  plain.time = message.time;
  return plain;
}

Argument pointing(Pointer pointer) {
  Argument argument;
  argument.pointer = pointer;
  return argument;
}

class Simpler {
 public:
  Simpler(const Operation& operation, Fineness fineness)
      : operation_(operation), weight_(weight_of(operation)), fineness_(fineness) {}

  std::vector<Operation> run() {
    std::visit([this](const auto& step) { simplify(step); }, operation_);
    if (fineness_ == Fineness::coarse) simplify_names();
    return std::move(found_);
  }

 private:
  bool is_coarse() const { return fineness_ == Fineness::coarse; }

  template <typename Edit>
  void add(const Edit& edit) {
    Operation simpler = operation_;
    edit(simpler);
    if (weight_of(simpler) < weight_) found_.push_back(std::move(simpler));
  }

  // `part` gives a reference to the number in an Operation.
  template <typename Part>
  void add_numbers(const Part& part, std::initializer_list<std::uint64_t> plain) {
    using Number = std::remove_reference_t<decltype(part(std::declval<Operation&>()))>;
    const auto set = [&](std::uint64_t value) {
      add([&](Operation& simpler) { part(simpler) = static_cast<Number>(value); });
    };
    if (is_coarse()) {
      for (const std::uint64_t value : plain) set(value);
      return;
    }
    Operation copy = operation_;
    const std::uint64_t value = part(copy);
    for (std::uint64_t less = value / 2; less > 0; less /= 2) set(value - less);
  }

  // A number of the step itself.
  template <typename Type, typename Number>
  void add_number(Number Type::* member, std::initializer_list<std::uint64_t> plain) {
    add_numbers([member](Operation& step) -> Number& { return std::get<Type>(step).*member; },
                plain);
  }

  // --- names ---

  void simplify_names() {
    const Made made = made_by(operation_);
    std::size_t names = 0;
    visit_names(operation_, [&names](const auto&) { ++names; });
    for (std::size_t place = 0; place < names; ++place) {
      std::size_t at = 0;
      visit_names(operation_, [&](const auto& name) {
        if (at++ == place) simplify_name(name, place, made);
      });
    }
  }

  template <typename Name>
  void put_name(std::size_t place, const Name& name) {
    add([&](Operation& simpler) {
      std::size_t at = 0;
      visit_names(simpler, [&](auto& old) {
        if constexpr (std::is_same_v<std::remove_reference_t<decltype(old)>, Name>) {
          if (at == place) old = name;
        }
        ++at;
      });
    });
  }

  void simplify_name(ProcessName name, std::size_t place, const Made& made) {
    if (made.process == name) return;
    for (std::uint32_t i = 1; i < std::to_underlying(name); ++i) put_name(place, ProcessName{i});
  }
  void simplify_name(TaskName name, std::size_t place, const Made& made) {
    if (made.task == name) return;
    for (std::uint32_t i = 1; i < std::to_underlying(name); ++i) put_name(place, TaskName{i});
  }
  void simplify_name(MessageName, std::size_t, const Made&) {}
  void simplify_name(const TaskValue& value, std::size_t place, const Made&) {
    using Kind = TaskValue::Kind;
    put_name(place, TaskValue{Kind::cms, 0});
    if (value.kind == Kind::number) {
      for (const std::uint32_t plain : {0u, 1u}) put_name(place, TaskValue{Kind::number, plain});
      return;
    }
    const std::uint32_t end = value.kind == Kind::task ? value.value : 3;
    for (std::uint32_t i = 1; i < end; ++i) put_name(place, TaskValue{Kind::task, i});
  }

  // --- steps ---

  void simplify(const Spawn&) {
    add_number(&Spawn::uid, {0, 1});
    add_number(&Spawn::gid, {0, 1});
  }
  void simplify(const Mmap&) {
    add_number(&Mmap::bytes, {plain_pool_bytes, page_bytes});
    add_number(&Mmap::protection, {protection_read});
    add_number(&Mmap::flags, {map_private});
  }
  void simplify(const SetCms&) {
    add_number(&SetCms::message_bytes_max, {plain_cms_bytes, 64, 80, 0});
  }
  void simplify(const CmsCommand&) {
    add_number(&CmsCommand::command, {cms_add_access, cms_gen_handle, cms_remove_handle, 3});
    if (is_coarse()) add_argument<CmsCommand>();
  }
  void simplify(const GetVersion&) {
    if (is_coarse()) add_argument<GetVersion>();
  }
  void simplify(const RawIoctl& step) {
    if (is_coarse()) {
      add([&step](Operation& other) { other = SetCms{step.caller, plain_cms_bytes}; });
      add([&step](Operation& other) { other = SetCms{step.caller, step.argument}; });
      add([&step](Operation& other) { other = SetIpcThread{step.caller}; });
      add([&step](Operation& other) { other = GetVersion{step.caller, {}}; });
    }
    add_number(&RawIoctl::command, {0});
    add_number(&RawIoctl::argument, {0, 1});
  }
  void simplify(const Advance&) {
    add_number(&Advance::milliseconds, {0, 1, 100, 1000, 5000, 5001});
  }
  void simplify(const InjectAllocFailure&) { add_number(&InjectAllocFailure::after, {0, 1}); }
  template <typename Other>
  void simplify(const Other&) {}

  template <typename Type>
  void add_argument() {
    add([](Operation& simpler) { std::get<Type>(simpler).argument = {}; });
    for (const Pointer pointer : {Pointer::null, Pointer::bad}) {
      add([pointer](Operation& simpler) { std::get<Type>(simpler).argument = pointing(pointer); });
    }
  }

  // --- IPC_SEND_RECV_MSG ---

  template <typename Edit>
  void add_call(const Edit& edit) {
    add([&edit](Operation& simpler) { edit(std::get<SendReceive>(simpler)); });
  }

  void simplify(const SendReceive& step) {
    if (is_coarse()) simplify_call(step);
    if (is_coarse() && step.message) simplify_message();
    const auto raw_flags = [](Operation& other) -> std::uint32_t& {
      return std::get<SendReceive>(other).flags;
    };
    if (step.flags_are_raw) add_numbers(raw_flags, {flag_send, flag_receive, 0});
    if (step.free.kind == FreeTarget::Kind::address) {
      add_numbers(
          [](Operation& other) -> std::uint64_t& {
            return std::get<SendReceive>(other).free.address;
          },
          {0});
    }
    if (step.message) {
      simplify_numbers();
      simplify_data(step.message->data);
    }
    for (std::size_t i = 0; step.message && i < step.message->objects.size(); ++i) {
      simplify_object(step.message->objects[i], i);
    }
  }

  void simplify_call(const SendReceive& step) {
    if (step.message) {
      add_call([](SendReceive& call) {
        const TaskName caller = call.caller;
        OutgoingMessage message = plain_message(*call.message);
        call = {};
        call.caller = caller;
        call.flags = flag_send;
        call.message = std::move(message);
      });
      add_call([](SendReceive& call) { call.message = plain_message(*call.message); });
    }
    for (const std::uint32_t flag : {flag_send, flag_receive, flag_buffer_free}) {
      add_call([flag](SendReceive& call) { call.flags = flag; });
    }
    for (const std::uint32_t flag : {flag_receive, flag_buffer_free, flag_send}) {
      add_call([flag](SendReceive& call) { call.flags &= ~flag; });
    }
    add_call([](SendReceive& call) { call.message.reset(); });
    add_call([](SendReceive& call) {
      call.flags &= ~flag_buffer_free;
      call.free = {};
    });
    add_call([](SendReceive& call) {
      call.flags &= ~flag_send;
      call.message.reset();
    });
    add_call([](SendReceive& call) { call.free = {}; });
    for (const auto kind : {FreeTarget::Kind::null, FreeTarget::Kind::pool_start}) {
      add_call([kind](SendReceive& call) {
        call.free = {};
        call.free.kind = kind;
      });
    }
    add_call([](SendReceive& call) { call.free.index = 0; });
    add_call([](SendReceive& call) { call.out = Pointer::valid; });
    add_call([](SendReceive& call) { call.argument = {}; });
    add_call([](SendReceive& call) { call.argument = pointing(Pointer::null); });
    add_call([](SendReceive& call) {
      call.flags &= flag_send | flag_receive | flag_buffer_free;
      call.flags_are_raw = false;
    });
  }

  template <typename Edit>
  void add_message(const Edit& edit) {
    add_call([&edit](SendReceive& call) { edit(*call.message); });
  }

  void simplify_message() {
    add_message([](OutgoingMessage& message) { message.objects.clear(); });
    add_message([](OutgoingMessage& message) {
      message.data.clear();
      message.data_pointer = Pointer::valid;
    });
    add_message([](OutgoingMessage& message) { message.time = {}; });
    add_message([](OutgoingMessage& message) { message.data_pointer = Pointer::valid; });
    add_message([](OutgoingMessage& message) { message.offsets_pointer = Pointer::valid; });
    add_message([](OutgoingMessage& message) { message.data_size.reset(); });
    add_message([](OutgoingMessage& message) { message.object_count.reset(); });
    add_message([](OutgoingMessage& message) { message.offsets.reset(); });
  }

  void simplify_numbers() {
    for (auto number : {&OutgoingMessage::type, &OutgoingMessage::token, &OutgoingMessage::cookie,
                        &OutgoingMessage::code, &OutgoingMessage::flag}) {
      add_numbers(
          [number](Operation& step) -> std::uint32_t& {
            return (*std::get<SendReceive>(step).message).*number;
          },
          {0, 1});
    }
    add_numbers(
        [](Operation& step) -> std::uint64_t& {
          return std::get<SendReceive>(step).message->time.number;
        },
        {0, 1});
    for (auto stated : {&OutgoingMessage::data_size, &OutgoingMessage::object_count}) {
      if (!((*std::get<SendReceive>(operation_).message).*stated)) continue;
      add_numbers(
          [stated](Operation& step) -> std::uint32_t& {
            return *((*std::get<SendReceive>(step).message).*stated);
          },
          {0, 1});
    }
  }

  void simplify_data(const std::vector<std::byte>& data) {
    if (is_coarse()) {
      add_message([&data](OutgoingMessage& message) {
        if (!message.data_size) message.data_size = static_cast<std::uint32_t>(data.size());
        message.data.clear();
      });
    }
    const auto data_of = [](Operation& step) -> std::vector<std::byte>& {
      return std::get<SendReceive>(step).message->data;
    };
    simplify_bytes(data, data_of);
  }

  // `part` gives the bytes in an Operation.
  template <typename Part>
  void simplify_bytes(const std::vector<std::byte>& bytes, const Part& part) {
    if (bytes.empty()) return;
    if (is_coarse()) {
      for (const std::size_t count : {std::size_t{0}, std::size_t{1}, bytes.size() / 2}) {
        add([&](Operation& simpler) { part(simpler).resize(count); });
      }
      add([&](Operation& simpler) { part(simpler).assign(bytes.size(), std::byte{0}); });
      return;
    }
    for (std::size_t less = bytes.size() / 2; less > 0; less /= 2) {
      add([&](Operation& simpler) { part(simpler).resize(bytes.size() - less); });
    }
    constexpr std::size_t single_max = 64;
    for (std::size_t i = 0; i < bytes.size() && bytes.size() <= single_max; ++i) {
      add([&](Operation& simpler) { part(simpler)[i] = std::byte{0}; });
    }
  }

  // --- objects ---

  template <typename Edit>
  void add_object(std::size_t index, const Edit& edit) {
    add_message([&](OutgoingMessage& message) { edit(message.objects[index]); });
  }

  void simplify_object(const OutgoingObject& object, std::size_t index) {
    const auto at = [index](Operation& step) -> OutgoingObject& {
      return std::get<SendReceive>(step).message->objects[index];
    };
    if (is_coarse()) {
      add_message([index](OutgoingMessage& message) {
        message.objects.erase(message.objects.begin() + static_cast<std::ptrdiff_t>(index));
      });
      add_object(index, [](OutgoingObject& one) { one.stated_size.reset(); });
      add_object(index, [](OutgoingObject& one) { one.pointer = Pointer::valid; });
    }
    add_numbers([&at](Operation& step) -> std::uint32_t& { return at(step).offset; }, {0, 16});
    for (auto number : {&OutgoingObject::token, &OutgoingObject::cookie, &OutgoingObject::type}) {
      add_numbers([&](Operation& step) -> std::uint32_t& { return at(step).*number; }, {0, 1});
    }
    if (object.kind == ObjectKind::fd) {
      add_numbers([&at](Operation& step) -> std::uint32_t& { return at(step).descriptor; },
                  {1, 101});
    }
    if (object.stated_size) {
      add_numbers([&at](Operation& step) -> std::uint32_t& { return *at(step).stated_size; },
                  {0, 1});
    }
    simplify_bytes(object.bytes,
                   [&at](Operation& step) -> std::vector<std::byte>& { return at(step).bytes; });
  }

  const Operation& operation_;
  const Weight weight_;
  const Fineness fineness_;
  std::vector<Operation> found_;
};

}  // namespace

std::vector<Operation> simpler_operations(const Operation& operation, Fineness fineness) {
  return Simpler(operation, fineness).run();
}

}  // namespace touchstone
