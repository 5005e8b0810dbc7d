/* NPC-2: a read of an int32 that fails sets its place to 0. */
#include <serializer.h>

bool right_ReadInt32(IpcIo* io, int32_t* value);

bool ReadInt32(IpcIo* io, int32_t* value) {
  if (right_ReadInt32(io, value)) return true;
  if (value != NULL) *value = 0;
  return false;
}
