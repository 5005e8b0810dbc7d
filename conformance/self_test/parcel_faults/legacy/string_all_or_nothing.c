/* PCL-38: a string whose body does not fit leaves no length behind. */
#include <serializer.h>

void right_IpcIoPushString(IpcIo* io, const char* value);

void IpcIoPushString(IpcIo* io, const char* value) {
  if (io == NULL) return;
  const IpcIo before = *io;
  right_IpcIoPushString(io, value);
  if (before.flag != 1 || io->flag == 1) return;
  io->bufferCur = before.bufferCur;
  io->bufferLeft = before.bufferLeft;
}
