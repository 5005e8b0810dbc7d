/* PCL-36: what is small enough still goes into a parcel that has overflowed. */
#include <serializer.h>

void right_IpcIoPushUint8Unaligned(IpcIo* io, uint8_t value);
void right_IpcIoPushInt8Unaligned(IpcIo* io, int8_t value);
void right_IpcIoPushInt32(IpcIo* io, int32_t value);

void IpcIoPushUint8Unaligned(IpcIo* io, uint8_t value) {
  if (io != NULL && io->flag == 3) io->flag = 1;
  right_IpcIoPushUint8Unaligned(io, value);
}

void IpcIoPushInt8Unaligned(IpcIo* io, int8_t value) {
  if (io != NULL && io->flag == 3) io->flag = 1;
  right_IpcIoPushInt8Unaligned(io, value);
}

void IpcIoPushInt32(IpcIo* io, int32_t value) {
  if (io != NULL && io->flag == 3) io->flag = 1;
  right_IpcIoPushInt32(io, value);
}
