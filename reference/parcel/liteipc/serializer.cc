// The legacy C API over ParcelWriter and ParcelReader, in this machine's data model.  Spec 11.
// Compiled code of any kind calls these, so nothing is taken for granted of an IpcIo but its
// fields.
#include <serializer.h>

#include <cstdlib>
#include <new>
#include <span>

#include "reference/parcel/ipc_io_state.h"
#include "reference/parcel/parcel_reader.h"
#include "reference/parcel/parcel_writer.h"

namespace {

using namespace touchstone::parcel;

// One buffer to free.  The list begins in the IpcIo and holds no address of it, so that a copy of
// the IpcIo frees as well as the original (PCL-50).
struct BufferToFree {
  BufferToFree* older;
  IpcIoFreePtr free;
  void* buffer;
};

// Performs a push, or a pop, and gives what came of it.
template <typename Push>
Refusal push(IpcIo* io, Push one) {
  return operate_on<ParcelWriter>(io, Refusal::none, one);
}

template <typename Value, typename Pop>
Value pop(IpcIo* io, Value failed, Pop one) {
  return operate_on<ParcelReader>(io, failed, [&](ParcelReader& from) {
    const auto popped = one(from);
    return popped ? static_cast<Value>(*popped) : failed;  // PCL-53
  });
}

// A place in the message, of a type that the caller knows.
template <typename Pointer>
Pointer pointer_to(const std::byte* place) {
  return reinterpret_cast<Pointer>(const_cast<std::byte*>(place));
}

bool push_buffer(IpcIo* io, const BuffPtr* buffer) {
  const Buffer value = buffer == nullptr
                           ? Buffer{}
                           : Buffer{buffer->buffSz, reinterpret_cast<std::uintptr_t>(buffer->buff)};
  const auto one = [&](ParcelWriter& to) { return to.push_buffer(value); };
  return io != nullptr && push(io, one) == Refusal::none;
}

}  // namespace

void IpcIoInit(IpcIo* io, void* buffer, size_t bufferSize, size_t maxobjects) {
  if (io == nullptr) return;
  *io = {};  // PCL-4, PCL-52: nothing to free
  Parcel parcel(host_model);
  const std::span<std::byte> bytes = buffer == nullptr
                                         ? std::span<std::byte>{}
                                         : std::span{static_cast<std::byte*>(buffer), bufferSize};
  parcel.init(bytes, maxobjects);
  start(*io, parcel);
}

void IpcIoInitFromMsg(IpcIo* io, const IpcMsg* msg) {
  if (io == nullptr) return;
  *io = {};  // PCL-5: nothing to free
  if (msg == nullptr) return;
  Parcel parcel(host_model);
  parcel.init_from_message(
      {static_cast<const std::byte*>(msg->data), msg->dataSz},
      {static_cast<const std::byte*>(msg->offsets), msg->spObjNum * word_bytes(host_model)});
  start(*io, parcel);
}

bool IpcIoAvailable(const IpcIo* io) {
  return io != nullptr && parcel_of(*io).available();  // PCL-8, PCL-73
}

void IpcIoFreeDataBuff(IpcIo* io) {
  if (io == nullptr) return;
  auto* next = static_cast<BufferToFree*>(io->ptrFreeList.newest);
  io->ptrFreeList = {};      // PCL-48
  while (next != nullptr) {  // PCL-47, PCL-49
    BufferToFree* entry = next;
    next = entry->older;
    entry->free(entry->buffer);
    std::free(entry);
  }
}

void IpcIoPushDataBuffWithFree(IpcIo* io, const BuffPtr* dataBuff, IpcIoFreePtr freePtr) {
  if (io == nullptr || !push_buffer(io, dataBuff) || freePtr == nullptr) return;
  void* memory = std::malloc(sizeof(BufferToFree));
  if (memory == nullptr) {
    io->flag |= flag_overflowed;  // PCL-51
    return;
  }
  auto* older = static_cast<BufferToFree*>(io->ptrFreeList.newest);
  io->ptrFreeList.newest = new (memory) BufferToFree{older, freePtr, dataBuff->buff};  // PCL-46
}

void IpcIoPushDataBuff(IpcIo* io, const BuffPtr* dataBuff) { push_buffer(io, dataBuff); }

void IpcIoPushString(IpcIo* io, const char* value) {
  push(io, [&](ParcelWriter& to) { return to.push_c_string(value); });
}

void IpcIoPushFlatObj(IpcIo* io, const void* obj, uint32_t size) {
  const auto* bytes = static_cast<const std::byte*>(obj);
  const std::size_t count = obj == nullptr ? 0 : size;
  push(io, [&](ParcelWriter& to) { return to.push_flat_object({bytes, count}); });
}

void IpcIoPushFd(IpcIo* io, uint32_t fd) {
  push(io, [&](ParcelWriter& to) { return to.push_descriptor(static_cast<std::int32_t>(fd)); });
}

void IpcIoPushSvc(IpcIo* io, const SvcIdentity* svc) {
  push(io, [&](ParcelWriter& to) {
    if (svc == nullptr) return to.push_null_service();
    return to.push_service({svc->handle, svc->token, svc->cookie});
  });
}

char* IpcIoPopString(IpcIo* io, size_t* sz) {
  if (sz != nullptr) *sz = 0;
  return operate_on<ParcelReader>(io, static_cast<char*>(nullptr), [&](ParcelReader& from) {
    const PoppedBytes string = from.pop_string();
    if (sz != nullptr) *sz = *string.count;  // PCL-58
    return string.done() ? pointer_to<char*>(string.bytes.data()) : nullptr;
  });
}

void* IpcIoPopFlatObj(IpcIo* io, uint32_t* size) {
  if (size != nullptr) *size = 0;
  return operate_on<ParcelReader>(io, static_cast<void*>(nullptr), [&](ParcelReader& from) {
    if (size == nullptr) {
      from.parcel().fail(Refusal::no_place_for_count);  // PCL-66
      return static_cast<void*>(nullptr);
    }
    const PoppedBytes object = from.pop_flat_object();
    *size = *object.count;  // PCL-64, PCL-65
    return object.done() ? pointer_to<void*>(object.bytes.data()) : nullptr;
  });
}

int32_t IpcIoPopFd(IpcIo* io) {
  return pop(io, -1, [](ParcelReader& from) { return from.pop_descriptor(); });
}

SvcIdentity* IpcIoPopSvc(IpcIo* io) {
  const std::byte* none = nullptr;
  return pointer_to<SvcIdentity*>(
      pop(io, none, [](ParcelReader& from) { return from.pop_service_place(); }));
}

BuffPtr* IpcIoPopDataBuff(IpcIo* io) {
  const std::byte* none = nullptr;
  return pointer_to<BuffPtr*>(
      pop(io, none, [](ParcelReader& from) { return from.pop_buffer_place(); }));
}

#define LITEIPC_NUMBER(Name, type, name)                                          \
  void IpcIoPush##Name(IpcIo* io, type value) {                                   \
    push(io, [&](ParcelWriter& to) { return to.push_##name(value); });            \
  }                                                                               \
  type IpcIoPop##Name(IpcIo* io) {                                                \
    return pop(io, type{}, [](ParcelReader& from) { return from.pop_##name(); }); \
  }
LITEIPC_NUMBER(Char, char, char)
LITEIPC_NUMBER(CharUnaligned, char, char_unaligned)
LITEIPC_NUMBER(Bool, bool, bool)
LITEIPC_NUMBER(BoolUnaligned, bool, bool_unaligned)
LITEIPC_NUMBER(Int8, int8_t, int8)
LITEIPC_NUMBER(Int8Unaligned, int8_t, int8_unaligned)
LITEIPC_NUMBER(Int16, int16_t, int16)
LITEIPC_NUMBER(Int16Unaligned, int16_t, int16_unaligned)
LITEIPC_NUMBER(Int32, int32_t, int32)
LITEIPC_NUMBER(Int64, int64_t, int64)
LITEIPC_NUMBER(Uint8, uint8_t, uint8)
LITEIPC_NUMBER(Uint8Unaligned, uint8_t, uint8_unaligned)
LITEIPC_NUMBER(Uint16, uint16_t, uint16)
LITEIPC_NUMBER(Uint16Unaligned, uint16_t, uint16_unaligned)
LITEIPC_NUMBER(Uint32, uint32_t, uint32)
LITEIPC_NUMBER(Uint64, uint64_t, uint64)
LITEIPC_NUMBER(Intptr, intptr_t, intptr)
LITEIPC_NUMBER(Uintptr, uintptr_t, uintptr)
LITEIPC_NUMBER(Float, float, float)
LITEIPC_NUMBER(Double, double, double)
