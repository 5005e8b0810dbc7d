/* PCL-69: a descriptor that is something else is not taken. */
#include <serializer.h>
#include <string.h>

int32_t right_IpcIoPopFd(IpcIo* io);

int32_t IpcIoPopFd(IpcIo* io) {
  if (io == NULL || io->flag != 1 || io->bufferLeft < 4) return right_IpcIoPopFd(io);
  uint32_t type = 0;
  memcpy(&type, io->bufferCur, sizeof type);
  const IpcIo before = *io;
  const int32_t descriptor = right_IpcIoPopFd(io);
  if (io->flag == 1 && type != 0) *io = before;
  return descriptor;
}
