// The port over the legacy C functions.
#include <type_traits>
#include <utility>

#include "conformance/userspace/parcel_library_port.h"
#include "touchstone/lite_ipc_abi.h"

namespace touchstone::userspace {
namespace {

using Result = ParcelShown::Result;
using Source = ParcelOperation::Source;
using Message =
    std::conditional_t<sizeof(void*) == 4, ::touchstone_message32, ::touchstone_message64>;

struct Service {
  std::uint32_t handle;
  std::uint32_t token;
  std::uint32_t cookie;
  std::uint32_t unused[5];  // a structure that has more is not read beyond
};

struct Buffer {
  std::uint32_t bytes;
  void* address;
};

using FreeCallback = void(void*);

// The addresses that the callback got; it has no other way to tell.
std::vector<std::uint64_t>& freed() {
  static std::vector<std::uint64_t> addresses;
  return addresses;
}

void note_freed(void* address) { freed().push_back(reinterpret_cast<std::uintptr_t>(address)); }

class LegacyPort : public ParcelLibraryPort {
 public:
  using ParcelLibraryPort::ParcelLibraryPort;

 protected:
  void receive(const ParcelOperation& operation) override;
  void push(const ParcelOperation& operation, ParcelShown& shown) override;
  void pop(const ParcelOperation& operation, ParcelShown& shown) override;
  void append(const ParcelOperation&, ParcelShown&) override {}  // the newer API has it
  void free_buffers(ParcelShown& shown) override;
  bool is_available(const void* io) const override;

 private:
  void push_number(const ParcelOperation& operation);
  void push_object(const ParcelOperation& operation);
  void pop_number(const ParcelOperation& operation, ParcelShown& shown);
  void pop_place(const ParcelOperation& operation, ParcelShown& shown);
  void pop_object(const ParcelOperation& operation, ParcelShown& shown);

  template <typename Value>
  void call_push(const std::string& name, Value value) {
    call<void(Io, Value)>(name, io(), value);
  }
  template <typename Value>
  void call_pop(const ParcelOperation& operation, ParcelShown& shown) {
    const Value value = call<Value(Io)>(function_of(operation, ParcelApi::legacy), io());
    const bool is_bool =
        operation.type == ParcelType::boolean || operation.type == ParcelType::bool_unaligned;
    shown.result = Result::number;
    shown.number = is_bool ? parcel_bits(value)
                           : as_value(operation.type, parcel_bits(value), host_data_model);
  }
};

void LegacyPort::receive(const ParcelOperation& operation) {
  set_message(operation);
  Message message{};
  message.data_size = static_cast<std::uint32_t>(operation.bytes.size());
  message.object_count = static_cast<std::uint32_t>(operation.offsets.size());
  using Address = decltype(message.data);
  message.data = static_cast<Address>(reinterpret_cast<std::uintptr_t>(message_data()));
  message.offsets = static_cast<Address>(reinterpret_cast<std::uintptr_t>(message_table()));
  call<void(Io, const Message*)>("IpcIoInitFromMsg", io(), &message);
}

void LegacyPort::push(const ParcelOperation& operation, ParcelShown&) {
  const std::string name = function_of(operation, ParcelApi::legacy);
  switch (info_of(operation.type).shape) {
    case ParcelShape::number: push_number(operation); break;
    case ParcelShape::string: {
      std::vector<std::byte> text = operation.bytes;
      text.push_back(std::byte{0});
      const bool is_null = operation.source == Source::null;
      call_push<const void*>(name, is_null ? nullptr : argument(text, 1));
      break;
    }
    case ParcelShape::bytes: {
      const std::uint64_t size =
          operation.source == Source::value ? operation.bytes.size() : operation.size;
      call<void(Io, const void*, std::uint32_t)>(name, io(), source_of(operation, 1),
                                                 static_cast<std::uint32_t>(size));
      break;
    }
    case ParcelShape::descriptor:
      call_push(name, static_cast<std::uint32_t>(operation.number));
      break;
    case ParcelShape::service:
    case ParcelShape::buffer: push_object(operation); break;
    case ParcelShape::units:
    case ParcelShape::vector: break;
  }
}

void LegacyPort::push_number(const ParcelOperation& operation) {
  const std::string name = function_of(operation, ParcelApi::legacy);
  with_argument(operation, [&](auto value) { call_push(name, value); });
}

void LegacyPort::push_object(const ParcelOperation& operation) {
  const std::string name = function_of(operation, ParcelApi::legacy);
  const bool is_null = operation.source == Source::null;
  if (operation.type == ParcelType::service) {
    Service service{};
    service.handle = operation.service.handle;
    service.token = static_cast<std::uint32_t>(operation.service.token);
    service.cookie = static_cast<std::uint32_t>(operation.service.cookie);
    return call_push<const void*>(name, is_null ? nullptr : &service);
  }
  const Buffer buffer{static_cast<std::uint32_t>(operation.size),
                      reinterpret_cast<void*>(static_cast<std::uintptr_t>(operation.address))};
  const void* const given = is_null ? nullptr : &buffer;
  if (!operation.with_free) return call_push(name, given);
  call<void(Io, const void*, FreeCallback*)>(name, io(), given, note_freed);
}

void LegacyPort::pop(const ParcelOperation& operation, ParcelShown& shown) {
  switch (info_of(operation.type).shape) {
    case ParcelShape::number: pop_number(operation, shown); break;
    case ParcelShape::string:
    case ParcelShape::bytes: pop_place(operation, shown); break;
    case ParcelShape::descriptor: call_pop<std::int32_t>(operation, shown); break;
    case ParcelShape::service:
    case ParcelShape::buffer: pop_object(operation, shown); break;
    case ParcelShape::units:
    case ParcelShape::vector: break;
  }
}

void LegacyPort::pop_number(const ParcelOperation& operation, ParcelShown& shown) {
  switch (operation.type) {
    case ParcelType::character:
    case ParcelType::char_unaligned: return call_pop<char>(operation, shown);
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
    case ParcelType::int32: return call_pop<std::int32_t>(operation, shown);
    case ParcelType::uint32: return call_pop<std::uint32_t>(operation, shown);
    case ParcelType::int64: return call_pop<std::int64_t>(operation, shown);
    case ParcelType::uint64: return call_pop<std::uint64_t>(operation, shown);
    case ParcelType::intptr: return call_pop<std::intptr_t>(operation, shown);
    case ParcelType::uintptr: return call_pop<std::uintptr_t>(operation, shown);
    case ParcelType::float32: return call_pop<float>(operation, shown);
    default: return call_pop<double>(operation, shown);
  }
}

void LegacyPort::pop_place(const ParcelOperation& operation, ParcelShown& shown) {
  const std::string name = function_of(operation, ParcelApi::legacy);
  const auto pop_counted = [&]<typename Count>(Count*) {
    WatchedPlace<Count> count;
    void* const given = operation.with_count ? count.bytes : nullptr;
    const void* const place = call<const void*(Io, void*)>(name, io(), given);
    if (count.is_written()) shown.count = count.value();
    // Without a count there is the one that the message claims, in front.
    std::uint64_t bytes = shown.count.value_or(0);
    if (!operation.with_count && place != nullptr) {
      const auto* claim = static_cast<const std::byte*>(place) - 4;
      std::uint32_t claimed = 0;
      if (is_in_data(claim, 4)) std::memcpy(&claimed, claim, 4);
      bytes = claimed;
    }
    show_place(place, bytes, shown);
  };
  if (operation.type == ParcelType::string) {
    pop_counted(static_cast<std::size_t*>(nullptr));
  } else {
    pop_counted(static_cast<std::uint32_t*>(nullptr));
  }
}

void LegacyPort::pop_object(const ParcelOperation& operation, ParcelShown& shown) {
  const std::string name = function_of(operation, ParcelApi::legacy);
  const auto* place = static_cast<const std::byte*>(call<const void*(Io)>(name, io()));
  shown.result = Result::null;
  if (place == nullptr) return;
  shown.at = offset_of(place);
  const bool is_service = operation.type == ParcelType::service;
  shown.result = is_service ? Result::service : Result::buffer;
  // A caller looks there too, wherever it is.
  if (is_service) {
    std::uint32_t fields[3];
    std::memcpy(fields, place, sizeof fields);
    shown.service = {fields[0], fields[1], fields[2]};
  } else {
    Buffer buffer{};
    std::memcpy(&buffer, place, sizeof buffer);
    shown.size = buffer.bytes;
    shown.address = reinterpret_cast<std::uintptr_t>(buffer.address);
  }
}

void LegacyPort::free_buffers(ParcelShown& shown) {
  freed().clear();
  call<void(Io)>("IpcIoFreeDataBuff", io());
  shown.result = Result::numbers;
  shown.numbers = freed();
}

bool LegacyPort::is_available(const void* io) const {
  constexpr const char* name = "IpcIoAvailable";
  if (library().symbol(name) != nullptr) return call<bool(const void*)>(name, io);
  return io != nullptr && read_field(here(), layout().flag) == 1;
}

}  // namespace

std::unique_ptr<ParcelPort> make_legacy_port(const ParcelLibrary& library) {
  return std::make_unique<LegacyPort>(library);
}

}  // namespace touchstone::userspace
