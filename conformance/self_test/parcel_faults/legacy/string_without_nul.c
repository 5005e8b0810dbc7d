/* PCL-23: the NUL of a string is not written. */
#include <serializer.h>
#include <string.h>

void right_IpcIoPushString(IpcIo* io, const char* value);

void IpcIoPushString(IpcIo* io, const char* value) {
  char* const before = io == NULL ? NULL : io->bufferCur;
  right_IpcIoPushString(io, value);
  if (io != NULL && value != NULL && io->flag == 1) before[4 + strlen(value)] = (char)0xa5;
}
