/* PCL-13: an int64 without room is written all the same: the library dies. */
#include <serializer.h>
#include <string.h>

void right_IpcIoPushInt64(IpcIo* io, int64_t value);

void IpcIoPushInt64(IpcIo* io, int64_t value) {
  if (io != NULL && io->flag == 1) memcpy(io->bufferCur, &value, sizeof value);
  right_IpcIoPushInt64(io, value);
}
