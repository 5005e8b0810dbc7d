/* NPC-17: a vector of int8 is filled up to whole words. */
#include <serializer.h>

bool right_WriteInt8Vector(IpcIo* io, const int8_t* value, size_t size);

bool WriteInt8Vector(IpcIo* io, const int8_t* value, size_t size) {
  if (!right_WriteInt8Vector(io, value, size)) return false;
  while ((io->bufferCur - io->bufferBase) % 4 != 0 && io->bufferLeft > 0) {
    *io->bufferCur++ = 0;
    --io->bufferLeft;
  }
  return true;
}
