/* serializer.h: LiteIPC's legacy parcel API for C11 and C++: values pushed into a message's data,
 * or popped from it.  Put include/liteipc in the include path and link touchstone_liteipc.  The
 * contract in words is spec/11-parcel.md; this says in which form C meets it.  Argument order,
 * return types and the names inside the list of buffers to free are our choice where LiteIPC's
 * documents leave them open.
 *
 * An IpcIo is in use from IpcIoInit or IpcIoInitFromMsg on.  Pushes and pops that fail mark it;
 * then every further one fails, and IpcIoAvailable is false.  Every function takes a null IpcIo. */
#ifndef LITEIPC_SERIALIZER_H
#define LITEIPC_SERIALIZER_H

#include <liteipc_types.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MAX_IO_SIZE 8192u         /* bytes of a parcel, with its table */
#define MAX_OBJ_NUM 32u           /* special objects in a parcel */
#define MAX_DATA_BUFF_SIZE 65536u /* bytes of a buffer beside a message */

/* Buffers to free, the last pushed first.  Empty is all zeroes. */
typedef struct {
  void* newest;
  void* unused;
} IpcIoFreeList;

typedef struct {
  char* bufferBase;
  char* bufferCur;
  size_t* offsetsBase;
  size_t* offsetsCur;
  size_t bufferLeft;
  size_t offsetsLeft;
  uint32_t flag; /* 1 initialised, 2 overflowed */
  IpcIoFreeList ptrFreeList;
} IpcIo;

static_assert(sizeof(IpcIo) == (sizeof(void*) == 4 ? 36 : 72), "IpcIo");

/* Called with the address of a buffer that was pushed. */
typedef void (*IpcIoFreePtr)(void* buff);

/* The first maxobjects words of the buffer become the table, the rest the data.  The buffer may
 * have any address and must outlive the IpcIo.  When it is refused the IpcIo becomes all zeroes. */
void IpcIoInit(IpcIo* io, void* buffer, size_t bufferSize, size_t maxobjects);
/* To read; pushing into it is not for anyone.  A null message is refused like an init. */
void IpcIoInitFromMsg(IpcIo* io, const IpcMsg* msg);
bool IpcIoAvailable(const IpcIo* io);
/* Calls the callbacks of IpcIoPushDataBuffWithFree, and forgets them. */
void IpcIoFreeDataBuff(IpcIo* io);

void IpcIoPushChar(IpcIo* io, char value);
void IpcIoPushCharUnaligned(IpcIo* io, char value);
void IpcIoPushBool(IpcIo* io, bool value);
void IpcIoPushBoolUnaligned(IpcIo* io, bool value);
void IpcIoPushInt8(IpcIo* io, int8_t value);
void IpcIoPushInt8Unaligned(IpcIo* io, int8_t value);
void IpcIoPushInt16(IpcIo* io, int16_t value);
void IpcIoPushInt16Unaligned(IpcIo* io, int16_t value);
void IpcIoPushInt32(IpcIo* io, int32_t value);
void IpcIoPushInt64(IpcIo* io, int64_t value);
void IpcIoPushUint8(IpcIo* io, uint8_t value);
void IpcIoPushUint8Unaligned(IpcIo* io, uint8_t value);
void IpcIoPushUint16(IpcIo* io, uint16_t value);
void IpcIoPushUint16Unaligned(IpcIo* io, uint16_t value);
void IpcIoPushUint32(IpcIo* io, uint32_t value);
void IpcIoPushUint64(IpcIo* io, uint64_t value);
void IpcIoPushIntptr(IpcIo* io, intptr_t value);
void IpcIoPushUintptr(IpcIo* io, uintptr_t value);
void IpcIoPushFloat(IpcIo* io, float value);
void IpcIoPushDouble(IpcIo* io, double value);
/* Up to its NUL, at most 8191 bytes. */
void IpcIoPushString(IpcIo* io, const char* value);
/* 1 to 8192 bytes, as they are. */
void IpcIoPushFlatObj(IpcIo* io, const void* obj, uint32_t size);
void IpcIoPushFd(IpcIo* io, uint32_t fd);
/* Handle and token are sent. */
void IpcIoPushSvc(IpcIo* io, const SvcIdentity* svc);
/* 1 to 65536 bytes, which stay where they are until the message is sent. */
void IpcIoPushDataBuff(IpcIo* io, const BuffPtr* dataBuff);
/* The same, and IpcIoFreeDataBuff calls freePtr(dataBuff->buff) if the push succeeded.  If it did
 * not, the buffer stays the caller's.  A null freePtr is never called. */
void IpcIoPushDataBuffWithFree(IpcIo* io, const BuffPtr* dataBuff, IpcIoFreePtr freePtr);

/* A pop that fails gives 0, null, or -1 for a descriptor. */
char IpcIoPopChar(IpcIo* io);
char IpcIoPopCharUnaligned(IpcIo* io);
bool IpcIoPopBool(IpcIo* io);
bool IpcIoPopBoolUnaligned(IpcIo* io);
int8_t IpcIoPopInt8(IpcIo* io);
int8_t IpcIoPopInt8Unaligned(IpcIo* io);
int16_t IpcIoPopInt16(IpcIo* io);
int16_t IpcIoPopInt16Unaligned(IpcIo* io);
int32_t IpcIoPopInt32(IpcIo* io);
int64_t IpcIoPopInt64(IpcIo* io);
uint8_t IpcIoPopUint8(IpcIo* io);
uint8_t IpcIoPopUint8Unaligned(IpcIo* io);
uint16_t IpcIoPopUint16(IpcIo* io);
uint16_t IpcIoPopUint16Unaligned(IpcIo* io);
uint32_t IpcIoPopUint32(IpcIo* io);
uint64_t IpcIoPopUint64(IpcIo* io);
intptr_t IpcIoPopIntptr(IpcIo* io);
uintptr_t IpcIoPopUintptr(IpcIo* io);
float IpcIoPopFloat(IpcIo* io);
double IpcIoPopDouble(IpcIo* io);
/* Its bytes in the message, and through `sz`, which may be null, how many the message claims. There
 * may be no NUL behind them. */
char* IpcIoPopString(IpcIo* io, size_t* sz);
/* The same without a NUL; `size` must not be null. */
void* IpcIoPopFlatObj(IpcIo* io, uint32_t* size);
int32_t IpcIoPopFd(IpcIo* io);
/* Places in the message, at any address: copy them out with memcpy where that matters. */
SvcIdentity* IpcIoPopSvc(IpcIo* io);
BuffPtr* IpcIoPopDataBuff(IpcIo* io);

#ifdef __cplusplus
}
#endif

#endif
