// The newer C API over NewerWriter and NewerReader, in this machine's data model.  Spec 12.
#include <serializer.h>

#include <cstdlib>
#include <optional>
#include <span>
#include <type_traits>

#include "reference/parcel/ipc_io_state.h"
#include "reference/parcel/newer_reader.h"
#include "reference/parcel/newer_writer.h"

namespace {

using namespace touchstone::parcel;

// Performs one write (NPC-1).
template <typename Push>
bool write(IpcIo* io, Push one) {
  return io != nullptr && operate_on<NewerWriter>(io, Refusal::none, one) == Refusal::none;
}

// What one read gives, or nothing.
template <typename Value, typename Pop>
std::optional<Value> read(IpcIo* io, Pop one) {
  return operate_on<NewerReader>(io, std::optional<Value>{}, [&](NewerReader& from) {
    const auto popped = one(from);
    return popped ? std::optional<Value>(static_cast<Value>(*popped)) : std::nullopt;
  });
}

template <typename Value, typename Pop>
bool read_into(IpcIo* io, Value* place, Pop one) {
  const std::optional<Value> value = read<Value>(io, one);
  if (value && place != nullptr) *place = *value;  // NPC-2
  return value.has_value();
}

// What is counted, with its count told.
template <typename Pop>
PoppedBytes read_bytes(IpcIo* io, size_t* told, Pop one) {
  const PoppedBytes none{.refusal = Refusal::not_available};
  const PoppedBytes popped = operate_on<NewerReader>(io, none, one);
  if (told != nullptr && popped.count) *told = *popped.count;  // NPC-5
  return popped;
}

// The place in the message, of a type that the caller knows.
template <typename Type>
Type* pointer_to(const PoppedBytes& popped) {
  if (!popped.done()) return nullptr;
  return reinterpret_cast<Type*>(const_cast<std::byte*>(popped.bytes.data()));
}

std::span<const std::byte> span_of(const void* bytes, size_t size) {
  return {static_cast<const std::byte*>(bytes), bytes == nullptr ? 0 : size};
}

template <typename Element>
bool write_vector(IpcIo* io, const Element* elements, size_t count) {
  return write(io, [&](NewerWriter& to) { return to.push_vector<Element>(elements, count); });
}

// In the message; where a slot there is wider than an element, in memory of the caller's.
template <typename Element>
Element* read_vector(IpcIo* io, size_t* told) {
  const PoppedBytes vector =
      read_bytes(io, told, [](NewerReader& from) { return from.pop_vector<Element>(); });
  if constexpr (sizeof(VectorSlot<Element>) == sizeof(Element)) return pointer_to<Element>(vector);
  if (!vector.done()) return nullptr;
  const size_t count = *vector.count;
  auto* copy = static_cast<Element*>(std::malloc(count > 0 ? count * sizeof(Element) : 1));
  if (copy == nullptr) return nullptr;
  for (size_t i = 0; i < count; ++i) copy[i] = vector_element<Element>(vector, i);
  return copy;  // NPC-19
}

}  // namespace

void IpcIoInit(IpcIo* io, void* buffer, size_t bufferSize, size_t maxobjects) {
  if (io == nullptr) return;
  *io = {};
  Parcel parcel(host_model);
  parcel.init({static_cast<std::byte*>(buffer), buffer == nullptr ? 0 : bufferSize}, maxobjects);
  start(*io, parcel);
}

bool IpcIoAppend(IpcIo* dst, const IpcIo* src) {
  return write(dst, [&](NewerWriter& to) {
    return to.append(src == nullptr ? Parcel(host_model) : parcel_of(*src));
  });
}

bool WritePointer(IpcIo* io, uintptr_t value) {
  return write(io, [&](NewerWriter& to) { return to.push_pointer(value); });
}

bool WriteString(IpcIo* io, const char* value) {
  return write(io, [&](NewerWriter& to) { return to.push_c_string(value); });
}

bool WriteBuffer(IpcIo* io, const void* data, size_t size) {
  return write(io, [&](NewerWriter& to) { return to.push_buffer(span_of(data, size)); });
}

bool WriteRawData(IpcIo* io, const void* value, size_t size) {
  return write(io, [&](NewerWriter& to) { return to.push_raw(span_of(value, size)); });
}

bool WriteString16(IpcIo* io, const uint16_t* value, size_t len) {
  return write(io, [&](NewerWriter& to) { return to.push_string16(value, len); });
}

bool WriteInterfaceToken(IpcIo* io, const uint16_t* name, size_t len) {
  return write(io, [&](NewerWriter& to) { return to.push_token(name, len); });
}

bool WriteFileDescriptor(IpcIo* io, uint32_t fd) {
  return write(io,
               [&](NewerWriter& to) { return to.push_descriptor(static_cast<std::int32_t>(fd)); });
}

bool WriteRemoteObject(IpcIo* io, const SvcIdentity* svc) {
  return write(io, [&](NewerWriter& to) {
    if (svc == nullptr) return to.push_null_service();
    return to.push_service({static_cast<std::uint32_t>(svc->handle), svc->token, svc->cookie});
  });
}

// NPC-3: 0, and -1 for a descriptor, where it fails.
uintptr_t ReadPointer(IpcIo* io) {
  return read<uintptr_t>(io, [](NewerReader& from) { return from.pop_pointer(); }).value_or(0);
}

char* ReadString(IpcIo* io, size_t* len) {
  return pointer_to<char>(read_bytes(io, len, [](NewerReader& from) { return from.pop_string(); }));
}

const uint8_t* ReadBuffer(IpcIo* io, size_t size) {
  return pointer_to<const uint8_t>(
      read_bytes(io, nullptr, [&](NewerReader& from) { return from.pop_buffer(size); }));
}

void* ReadRawData(IpcIo* io, size_t size) {
  return pointer_to<void>(
      read_bytes(io, nullptr, [&](NewerReader& from) { return from.pop_raw(size); }));
}

uint16_t* ReadString16(IpcIo* io, size_t* len) {
  return pointer_to<uint16_t>(
      read_bytes(io, len, [](NewerReader& from) { return from.pop_string16(); }));
}

uint16_t* ReadInterfaceToken(IpcIo* io, size_t* len) {
  return pointer_to<uint16_t>(
      read_bytes(io, len, [](NewerReader& from) { return from.pop_token(); }));
}

int32_t ReadFileDescriptor(IpcIo* io) {
  return read<int32_t>(io, [](NewerReader& from) { return from.pop_descriptor(); }).value_or(-1);
}

bool ReadRemoteObject(IpcIo* io, SvcIdentity* svc) {
  const auto service = read<NewerService>(io, [](NewerReader& from) { return from.pop_service(); });
  if (service && svc != nullptr) {
    *svc = {.handle = static_cast<int32_t>(service->handle),  // NPC-23
            .token = static_cast<uintptr_t>(service->token),
            .cookie = static_cast<uintptr_t>(service->cookie)};
  }
  return service.has_value();
}

#define LITEIPC_NUMBER(Name, type, name)                                              \
  bool Write##Name(IpcIo* io, type value) {                                           \
    return write(io, [&](NewerWriter& to) { return to.push_##name(value); });         \
  }                                                                                   \
  bool Read##Name(IpcIo* io, type* value) {                                           \
    return read_into(io, value, [](NewerReader& from) { return from.pop_##name(); }); \
  }
LITEIPC_NUMBER(Bool, bool, bool)
LITEIPC_NUMBER(BoolUnaligned, bool, bool_unaligned)
LITEIPC_NUMBER(Int8, int8_t, int8)
LITEIPC_NUMBER(Int8Unaligned, int8_t, int8_unaligned)
LITEIPC_NUMBER(Int16, int16_t, int16)
LITEIPC_NUMBER(Int16Unaligned, int16_t, int16_unaligned)
LITEIPC_NUMBER(Uint8, uint8_t, uint8)
LITEIPC_NUMBER(Uint8Unaligned, uint8_t, uint8_unaligned)
LITEIPC_NUMBER(Uint16, uint16_t, uint16)
LITEIPC_NUMBER(Uint16Unaligned, uint16_t, uint16_unaligned)
LITEIPC_NUMBER(Int32, int32_t, int32)
LITEIPC_NUMBER(Int64, int64_t, int64)
LITEIPC_NUMBER(Uint32, uint32_t, uint32)
LITEIPC_NUMBER(Uint64, uint64_t, uint64)
LITEIPC_NUMBER(Float, float, float)
LITEIPC_NUMBER(Double, double, double)

#define LITEIPC_VECTOR(Name, type)                                      \
  bool Write##Name##Vector(IpcIo* io, const type* value, size_t size) { \
    return write_vector(io, value, size);                               \
  }                                                                     \
  type* Read##Name##Vector(IpcIo* io, size_t* size) { return read_vector<type>(io, size); }
LITEIPC_VECTOR(Bool, bool)
LITEIPC_VECTOR(Int8, int8_t)
LITEIPC_VECTOR(Int16, int16_t)
LITEIPC_VECTOR(Int32, int32_t)
LITEIPC_VECTOR(Int64, int64_t)
LITEIPC_VECTOR(Uint8, uint8_t)
LITEIPC_VECTOR(Uint16, uint16_t)
LITEIPC_VECTOR(Uint32, uint32_t)
LITEIPC_VECTOR(Uint64, uint64_t)
LITEIPC_VECTOR(Float, float)
LITEIPC_VECTOR(Double, double)
