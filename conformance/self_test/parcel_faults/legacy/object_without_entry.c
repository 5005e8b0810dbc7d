/* PCL-43: a descriptor without an entry takes no bytes. */
#include <serializer.h>

void right_IpcIoPushFd(IpcIo* io, uint32_t fd);

void IpcIoPushFd(IpcIo* io, uint32_t fd) {
  if (io != NULL && io->flag == 1 && io->offsetsLeft == 0) {
    io->flag |= 2;
    return;
  }
  right_IpcIoPushFd(io, fd);
}
