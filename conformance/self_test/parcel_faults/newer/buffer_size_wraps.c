/* NPC-8: a size that wraps when rounded gives a pointer and takes nothing. */
#include <serializer.h>

const uint8_t* right_ReadBuffer(IpcIo* io, size_t size);

const uint8_t* ReadBuffer(IpcIo* io, size_t size) {
  const bool wraps = size > SIZE_MAX - 3;
  if (io != NULL && io->flag == 1 && wraps) return (const uint8_t*)io->bufferCur;
  return right_ReadBuffer(io, size);
}
