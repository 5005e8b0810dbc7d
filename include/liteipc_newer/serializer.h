/* serializer.h: LiteIPC's newer parcel API for C11 and C++: values written into a message's data,
 * or read from it.  Put include/liteipc_newer in the include path and link
 * touchstone_liteipc_newer; the structures share their names with the legacy API (include/liteipc),
 * so a program uses one of the two.  The contract in words is spec/12-newer-parcel.md; this says in
 * which form C meets it. Argument order and return types are our choice where LiteIPC's documents
 * leave them open.
 *
 * A write gives whether it was done; one that fails marks the IpcIo, and then every further one
 * fails.  To read a message that was received fill an IpcIo by hand: both cursors at their bases,
 * what is left, and flag 1.  Every function takes a null IpcIo. */
#ifndef LITEIPC_NEWER_SERIALIZER_H
#define LITEIPC_NEWER_SERIALIZER_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MAX_IO_SIZE 8192u /* bytes of a parcel, with its table */
#define MAX_OBJ_NUM 32u   /* special objects in a parcel */

typedef struct {
  int32_t handle;
  uintptr_t token;
  uintptr_t cookie;
} SvcIdentity;

typedef struct {
  char* bufferBase;
  char* bufferCur;
  size_t* offsetsBase;
  size_t* offsetsCur;
  size_t bufferLeft;
  size_t offsetsLeft;
  uint32_t flag; /* 1 initialised, 2 overflowed */
} IpcIo;

static_assert(sizeof(SvcIdentity) == (sizeof(void*) == 4 ? 12 : 24), "SvcIdentity");
static_assert(sizeof(IpcIo) == (sizeof(void*) == 4 ? 28 : 56), "IpcIo");

/* The first maxobjects words of the buffer become the table, the rest the data.  The buffer may
 * have any address and must outlive the IpcIo.  When it is refused the IpcIo becomes all zeroes. */
void IpcIoInit(IpcIo* io, void* buffer, size_t bufferSize, size_t maxobjects);
/* What `src` has used, behind what `dst` has. */
bool IpcIoAppend(IpcIo* dst, const IpcIo* src);

bool WriteBool(IpcIo* io, bool value);
bool WriteBoolUnaligned(IpcIo* io, bool value);
bool WriteInt8(IpcIo* io, int8_t value);
bool WriteInt8Unaligned(IpcIo* io, int8_t value);
bool WriteInt16(IpcIo* io, int16_t value);
bool WriteInt16Unaligned(IpcIo* io, int16_t value);
bool WriteUint8(IpcIo* io, uint8_t value);
bool WriteUint8Unaligned(IpcIo* io, uint8_t value);
bool WriteUint16(IpcIo* io, uint16_t value);
bool WriteUint16Unaligned(IpcIo* io, uint16_t value);
bool WriteInt32(IpcIo* io, int32_t value);
bool WriteInt64(IpcIo* io, int64_t value);
bool WriteUint32(IpcIo* io, uint32_t value);
bool WriteUint64(IpcIo* io, uint64_t value);
bool WriteFloat(IpcIo* io, float value);
bool WriteDouble(IpcIo* io, double value);
bool WritePointer(IpcIo* io, uintptr_t value);
/* Up to its NUL, at most 8191 bytes.  A null string gives false and marks nothing. */
bool WriteString(IpcIo* io, const char* value);
/* Bytes alone; raw data has its size before them. */
bool WriteBuffer(IpcIo* io, const void* data, size_t size);
bool WriteRawData(IpcIo* io, const void* value, size_t size);
/* 1 to 4095 units; a unit 0 is added. */
bool WriteString16(IpcIo* io, const uint16_t* value, size_t len);
bool WriteInterfaceToken(IpcIo* io, const uint16_t* name, size_t len);
bool WriteFileDescriptor(IpcIo* io, uint32_t fd);
/* The identity as it is: making a stub known to the callback thread is no matter of a parcel. */
bool WriteRemoteObject(IpcIo* io, const SvcIdentity* svc);
bool WriteBoolVector(IpcIo* io, const bool* value, size_t size);
bool WriteInt8Vector(IpcIo* io, const int8_t* value, size_t size);
bool WriteInt16Vector(IpcIo* io, const int16_t* value, size_t size);
bool WriteInt32Vector(IpcIo* io, const int32_t* value, size_t size);
bool WriteInt64Vector(IpcIo* io, const int64_t* value, size_t size);
bool WriteUint8Vector(IpcIo* io, const uint8_t* value, size_t size);
bool WriteUint16Vector(IpcIo* io, const uint16_t* value, size_t size);
bool WriteUint32Vector(IpcIo* io, const uint32_t* value, size_t size);
bool WriteUint64Vector(IpcIo* io, const uint64_t* value, size_t size);
bool WriteFloatVector(IpcIo* io, const float* value, size_t size);
bool WriteDoubleVector(IpcIo* io, const double* value, size_t size);

/* A read gives whether it was done, and fills `value` only then. */
bool ReadBool(IpcIo* io, bool* value);
bool ReadBoolUnaligned(IpcIo* io, bool* value);
bool ReadInt8(IpcIo* io, int8_t* value);
bool ReadInt8Unaligned(IpcIo* io, int8_t* value);
bool ReadInt16(IpcIo* io, int16_t* value);
bool ReadInt16Unaligned(IpcIo* io, int16_t* value);
bool ReadUint8(IpcIo* io, uint8_t* value);
bool ReadUint8Unaligned(IpcIo* io, uint8_t* value);
bool ReadUint16(IpcIo* io, uint16_t* value);
bool ReadUint16Unaligned(IpcIo* io, uint16_t* value);
bool ReadInt32(IpcIo* io, int32_t* value);
bool ReadInt64(IpcIo* io, int64_t* value);
bool ReadUint32(IpcIo* io, uint32_t* value);
bool ReadUint64(IpcIo* io, uint64_t* value);
bool ReadFloat(IpcIo* io, float* value);
bool ReadDouble(IpcIo* io, double* value);
/* 0 if it fails. */
uintptr_t ReadPointer(IpcIo* io);
/* Its bytes in the message, or null.  `len` is how many, where they are there or cut off; it may be
 * null.  There may be no NUL behind them. */
char* ReadString(IpcIo* io, size_t* len);
/* `size` bytes in the message, or null. */
const uint8_t* ReadBuffer(IpcIo* io, size_t size);
void* ReadRawData(IpcIo* io, size_t size);
/* Units in the message, at any address, or null.  `len`, which may be null, is how many it claims.
 */
uint16_t* ReadString16(IpcIo* io, size_t* len);
uint16_t* ReadInterfaceToken(IpcIo* io, size_t* len);
/* -1 if it fails. */
int32_t ReadFileDescriptor(IpcIo* io);
bool ReadRemoteObject(IpcIo* io, SvcIdentity* svc);

/* Elements, or null.  `size`, which may be null, is how many the message claims.  Those of bool and
 * int16 are in memory that the caller frees with free(); others lie in the message, at any address.
 */
bool* ReadBoolVector(IpcIo* io, size_t* size);
int8_t* ReadInt8Vector(IpcIo* io, size_t* size);
int16_t* ReadInt16Vector(IpcIo* io, size_t* size);
int32_t* ReadInt32Vector(IpcIo* io, size_t* size);
int64_t* ReadInt64Vector(IpcIo* io, size_t* size);
uint8_t* ReadUint8Vector(IpcIo* io, size_t* size);
uint16_t* ReadUint16Vector(IpcIo* io, size_t* size);
uint32_t* ReadUint32Vector(IpcIo* io, size_t* size);
uint64_t* ReadUint64Vector(IpcIo* io, size_t* size);
float* ReadFloatVector(IpcIo* io, size_t* size);
double* ReadDoubleVector(IpcIo* io, size_t* size);

#ifdef __cplusplus
}
#endif

#endif
