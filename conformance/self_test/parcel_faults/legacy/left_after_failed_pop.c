/* PCL-54: a pop without enough bytes keeps what is left. */
#include <serializer.h>

int32_t right_IpcIoPopInt32(IpcIo* io);

int32_t IpcIoPopInt32(IpcIo* io) {
  const size_t left = io == NULL ? 0 : io->bufferLeft;
  const int32_t value = right_IpcIoPopInt32(io);
  if (io != NULL && (io->flag & 2) != 0) io->bufferLeft = left;
  return value;
}
