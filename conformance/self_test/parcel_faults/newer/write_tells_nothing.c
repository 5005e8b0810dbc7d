/* NPC-1: a write of an int64 says it was done, whether or not it was. */
#include <serializer.h>

bool right_WriteInt64(IpcIo* io, int64_t value);

bool WriteInt64(IpcIo* io, int64_t value) {
  right_WriteInt64(io, value);
  return true;
}
