// The port over the newer C functions.
#include <utility>

#include "conformance/userspace/parcel_library_port.h"

namespace touchstone::userspace {
namespace {

using Result = ParcelShown::Result;
using Source = ParcelOperation::Source;

constexpr std::uint64_t elements_bytes_max = 65536;

struct Service {
  std::int32_t handle;
  std::uintptr_t token;
  std::uintptr_t cookie;
};

class NewerPort : public ParcelLibraryPort {
 public:
  using ParcelLibraryPort::ParcelLibraryPort;

 protected:
  void receive(const ParcelOperation& operation) override;
  void push(const ParcelOperation& operation, ParcelShown& shown) override;
  void pop(const ParcelOperation& operation, ParcelShown& shown) override;
  void append(const ParcelOperation& operation, ParcelShown& shown) override;
  void free_buffers(ParcelShown&) override {}  // the legacy API has it
  bool is_available(const void* io) const override {
    return io != nullptr && read_field(here(), layout().flag) == 1;
  }

 private:
  void make_received(ParcelStructure& to, const void* data, std::size_t bytes, const void* table,
                     std::size_t entries) const;
  bool push_number(const std::string& name, const ParcelOperation& operation);
  bool push_bytes(const std::string& name, const ParcelOperation& operation);
  bool push_service(const std::string& name, const ParcelOperation& operation);
  void pop_number(const ParcelOperation& operation, ParcelShown& shown);
  void pop_counted(const ParcelOperation& operation, ParcelShown& shown);
  void pop_service(ParcelShown& shown);

  template <typename Value>
  bool call_push(const std::string& name, Value value) {
    return call<bool(Io, Value)>(name, io(), value);
  }
  template <typename Value>
  void call_pop(const ParcelOperation& operation, ParcelShown& shown) {
    WatchedPlace<Value> place;
    const std::string name = function_of(operation, ParcelApi::newer);
    const bool is_done = call<bool(Io, void*)>(name, io(), place.bytes);
    show_number(operation.type, parcel_bits(place.value()), shown);
    if (!is_done && !place.is_written()) shown.result = Result::untouched;
  }
  template <typename Value>
  void call_value(const ParcelOperation& operation, ParcelShown& shown) {
    const std::string name = function_of(operation, ParcelApi::newer);
    show_number(operation.type, parcel_bits(call<Value(Io)>(name, io())), shown);
  }
  static void show_number(ParcelType type, std::uint64_t bits, ParcelShown& shown) {
    const bool is_bool = type == ParcelType::boolean || type == ParcelType::bool_unaligned;
    shown.result = Result::number;
    shown.number = is_bool ? bits : as_value(type, bits, host_data_model);
  }
};

// The API has no function for it: the fields are filled in, as its own dispatch does.
void NewerPort::make_received(ParcelStructure& to, const void* data, std::size_t bytes,
                              const void* table, std::size_t entries) const {
  to = {};
  write_address(to, layout().buffer_base, data);
  write_address(to, layout().buffer_cur, data);
  write_address(to, layout().offsets_base, table);
  write_address(to, layout().offsets_cur, table);
  write_field(to, layout().buffer_left, static_cast<std::uint32_t>(bytes));
  write_field(to, layout().offsets_left, static_cast<std::uint32_t>(entries));
  write_field(to, layout().flag, 1);
}

void NewerPort::receive(const ParcelOperation& operation) {
  set_message(operation);
  make_received(here(), message_data(), operation.bytes.size(), message_table(),
                operation.offsets.size());
}

void NewerPort::push(const ParcelOperation& operation, ParcelShown& shown) {
  const std::string name = function_of(operation, ParcelApi::newer);
  const auto push_one = [&] {
    switch (info_of(operation.type).shape) {
      case ParcelShape::number: return push_number(name, operation);
      case ParcelShape::string: {
        std::vector<std::byte> text = operation.bytes;
        text.push_back(std::byte{0});
        const bool is_null = operation.source == Source::null;
        return call_push<const void*>(name, is_null ? nullptr : argument(text, 1));
      }
      case ParcelShape::bytes:
      case ParcelShape::units:
      case ParcelShape::vector: return push_bytes(name, operation);
      case ParcelShape::descriptor:
        return call_push(name, static_cast<std::uint32_t>(operation.number));
      case ParcelShape::service: return push_service(name, operation);
      case ParcelShape::buffer: break;
    }
    return false;
  };
  shown.number = push_one() ? 1 : 0;
  shown.result = Result::truth;
}

bool NewerPort::push_bytes(const std::string& name, const ParcelOperation& operation) {
  const std::uint32_t unit = info_of(operation.type).bytes;
  const auto count = static_cast<std::size_t>(stated_length(operation));
  using Push = bool(Io, const void*, std::size_t);
  return call<Push>(name, io(), source_of(operation, unit), count);
}

bool NewerPort::push_service(const std::string& name, const ParcelOperation& operation) {
  Service service{};
  service.handle = static_cast<std::int32_t>(operation.service.handle);
  service.token = static_cast<std::uintptr_t>(operation.service.token);
  service.cookie = static_cast<std::uintptr_t>(operation.service.cookie);
  const bool is_null = operation.source == Source::null;
  return call_push<const void*>(name, is_null ? nullptr : &service);
}

bool NewerPort::push_number(const std::string& name, const ParcelOperation& operation) {
  return with_argument(operation, [&](auto value) { return call_push(name, value); });
}

void NewerPort::pop(const ParcelOperation& operation, ParcelShown& shown) {
  const std::string name = function_of(operation, ParcelApi::newer);
  switch (info_of(operation.type).shape) {
    case ParcelShape::number: pop_number(operation, shown); break;
    case ParcelShape::bytes: {
      using Pop = const void*(Io, std::size_t);
      const auto bytes = static_cast<std::size_t>(operation.size);
      show_place(call<Pop>(name, io(), bytes), bytes, shown);
      break;
    }
    case ParcelShape::string:
    case ParcelShape::units:
    case ParcelShape::vector: pop_counted(operation, shown); break;
    case ParcelShape::descriptor: call_value<std::int32_t>(operation, shown); break;
    case ParcelShape::service: pop_service(shown); break;
    case ParcelShape::buffer: break;
  }
}

void NewerPort::pop_number(const ParcelOperation& operation, ParcelShown& shown) {
  switch (operation.type) {
    // A bool that is neither 0 nor 1 is a byte here.
    case ParcelType::boolean:
    case ParcelType::bool_unaligned:
    case ParcelType::uint8:
    case ParcelType::uint8_unaligned: return call_pop<std::uint8_t>(operation, shown);
    case ParcelType::int8:
    case ParcelType::int8_unaligned: return call_pop<std::int8_t>(operation, shown);
    case ParcelType::int16:
    case ParcelType::int16_unaligned: return call_pop<std::int16_t>(operation, shown);
    case ParcelType::uint16:
    case ParcelType::uint16_unaligned: return call_pop<std::uint16_t>(operation, shown);
    case ParcelType::int32:
    case ParcelType::uint32:
    case ParcelType::float32: return call_pop<std::uint32_t>(operation, shown);
    case ParcelType::pointer: return call_value<std::uintptr_t>(operation, shown);
    default: return call_pop<std::uint64_t>(operation, shown);
  }
}

// Strings, string16, and vectors, which lie in the message or in memory of their own.
void NewerPort::pop_counted(const ParcelOperation& operation, ParcelShown& shown) {
  WatchedPlace<std::size_t> count;
  const std::string name = function_of(operation, ParcelApi::newer);
  void* const given = operation.with_count ? count.bytes : nullptr;
  const void* const place = call<const void*(Io, void*)>(name, io(), given);
  if (count.is_written()) shown.count = count.value();
  const std::uint64_t bytes = shown.count.value_or(0) * info_of(operation.type).bytes;
  show_place(place, bytes, shown);
  if (info_of(operation.type).shape != ParcelShape::vector || place == nullptr) return;
  shown.at.reset();
  if (is_in_data(place, 0) || bytes > elements_bytes_max) return;
  const auto* first = static_cast<const std::byte*>(place);
  shown.bytes.assign(first, first + bytes);
}

void NewerPort::pop_service(ParcelShown& shown) {
  WatchedPlace<Service> place;
  const bool is_done = call<bool(Io, void*)>("ReadRemoteObject", io(), place.bytes);
  if (!is_done && !place.is_written()) {
    shown.result = Result::untouched;
    return;
  }
  const Service service = place.value();
  shown.result = is_done ? Result::service : Result::null;
  shown.service = {static_cast<std::uint32_t>(service.handle), service.token, service.cookie};
}

void NewerPort::append(const ParcelOperation& operation, ParcelShown& shown) {
  const std::size_t word = sizeof(std::size_t);
  std::vector<std::byte> table(operation.offsets.size() * word);
  for (std::size_t index = 0; index < operation.offsets.size(); ++index) {
    const auto entry = static_cast<std::size_t>(operation.offsets[index]);
    std::memcpy(table.data() + index * word, &entry, word);
  }
  // As if these had been written: both cursors behind them.
  const std::byte* const data = argument(operation.bytes, word);
  const std::byte* const offsets = argument(table, word);
  const auto room = static_cast<std::size_t>(operation.size - operation.objects * word);
  ParcelStructure from;
  make_received(from, data, room - operation.bytes.size(), offsets,
                static_cast<std::size_t>(operation.objects) - operation.offsets.size());
  write_address(from, layout().buffer_cur, data + operation.bytes.size());
  write_address(from, layout().offsets_cur, offsets + table.size());
  using Append = bool(Io, const void*);
  shown.number = call<Append>("IpcIoAppend", io(), &from) ? 1 : 0;
  shown.result = Result::truth;
}

}  // namespace

std::unique_ptr<ParcelPort> make_newer_port(const ParcelLibrary& library) {
  return std::make_unique<NewerPort>(library);
}

}  // namespace touchstone::userspace
