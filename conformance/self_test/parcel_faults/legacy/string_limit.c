/* PCL-74: no string of more than 4096 bytes is pushed. */
#include <serializer.h>
#include <string.h>

void right_IpcIoPushString(IpcIo* io, const char* value);

void IpcIoPushString(IpcIo* io, const char* value) {
  const bool is_long = value != NULL && strlen(value) > 4096;
  right_IpcIoPushString(io, is_long ? NULL : value);
}
