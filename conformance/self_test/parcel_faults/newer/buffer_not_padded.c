/* NPC-7: a buffer is not filled up to whole words. */
#include <serializer.h>

bool right_WriteBuffer(IpcIo* io, const void* data, size_t size);

bool WriteBuffer(IpcIo* io, const void* data, size_t size) {
  if (!right_WriteBuffer(io, data, size)) return false;
  const size_t padding = (0 - size) & 3;
  io->bufferCur -= padding;
  io->bufferLeft += padding;
  return true;
}
