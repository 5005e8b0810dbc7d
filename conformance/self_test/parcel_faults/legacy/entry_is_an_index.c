/* PCL-31: the table has the number of the object, not its offset. */
#include <serializer.h>
#include <string.h>

void right_IpcIoPushFd(IpcIo* io, uint32_t fd);

void IpcIoPushFd(IpcIo* io, uint32_t fd) {
  const size_t entries = io == NULL ? 0 : io->offsetsLeft;
  right_IpcIoPushFd(io, fd);
  if (io == NULL || io->offsetsLeft == entries) return;
  const size_t index = (size_t)(io->offsetsCur - io->offsetsBase) - 1;
  memcpy((char*)io->offsetsBase + index * sizeof index, &index, sizeof index);
}
