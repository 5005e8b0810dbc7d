/* PCL-24: what fills up a string is not written. */
#include <serializer.h>
#include <string.h>

void right_IpcIoPushString(IpcIo* io, const char* value);

void IpcIoPushString(IpcIo* io, const char* value) {
  const char* const before = io == NULL ? NULL : io->bufferCur;
  right_IpcIoPushString(io, value);
  if (io == NULL || value == NULL || io->flag != 1) return;
  char* const end = (char*)before + 4 + strlen(value) + 1;
  memset(end, 0xa5, (size_t)(io->bufferCur - end));
}
