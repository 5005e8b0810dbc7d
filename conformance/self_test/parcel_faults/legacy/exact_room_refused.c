/* PCL-12: an int64 needs one byte more than it has. */
#include <serializer.h>

void right_IpcIoPushInt64(IpcIo* io, int64_t value);

void IpcIoPushInt64(IpcIo* io, int64_t value) {
  if (io != NULL && io->bufferLeft == 8) {
    io->flag |= 2;
    return;
  }
  right_IpcIoPushInt64(io, value);
}
