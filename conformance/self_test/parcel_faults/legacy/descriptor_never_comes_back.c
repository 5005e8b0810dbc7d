/* PCL-68: a descriptor that is cut off is waited for: the library hangs. */
#include <serializer.h>

int32_t right_IpcIoPopFd(IpcIo* io);

int32_t IpcIoPopFd(IpcIo* io) {
  const volatile size_t* const left = io == NULL ? NULL : &io->bufferLeft;
  while (left != NULL && io->flag == 1 && io->offsetsLeft > 0 && *left > 0 && *left < 16) {
  }
  return right_IpcIoPopFd(io);
}
