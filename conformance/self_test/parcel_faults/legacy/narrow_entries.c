/* PCL-32: entries of the table have four bytes, also in LP64. */
#include <serializer.h>
#include <string.h>

void right_IpcIoPushFd(IpcIo* io, uint32_t fd);

void IpcIoPushFd(IpcIo* io, uint32_t fd) {
  const size_t entries = io == NULL ? 0 : io->offsetsLeft;
  right_IpcIoPushFd(io, fd);
  if (io == NULL || io->offsetsLeft == entries) return;
  const size_t index = (size_t)(io->offsetsCur - io->offsetsBase) - 1;
  size_t offset = 0;
  memcpy(&offset, (char*)io->offsetsBase + index * sizeof offset, sizeof offset);
  const uint32_t narrow = (uint32_t)offset;
  memcpy((char*)io->offsetsBase + index * sizeof narrow, &narrow, sizeof narrow);
  io->offsetsCur = (size_t*)((char*)io->offsetsBase + (index + 1) * sizeof narrow);
}
