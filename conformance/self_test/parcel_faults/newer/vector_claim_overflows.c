/* NPC-20: a vector of int32 that claims too much sets the overflow mark. */
#include <serializer.h>

int32_t* right_ReadInt32Vector(IpcIo* io, size_t* size);

int32_t* ReadInt32Vector(IpcIo* io, size_t* size) {
  int32_t* const elements = right_ReadInt32Vector(io, size);
  if (io != NULL && elements == NULL) io->flag |= 2;
  return elements;
}
