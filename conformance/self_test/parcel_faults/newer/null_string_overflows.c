/* NPC-4: a null string sets the overflow mark. */
#include <serializer.h>

bool right_WriteString(IpcIo* io, const char* value);

bool WriteString(IpcIo* io, const char* value) {
  if (io != NULL && value == NULL) io->flag |= 2;
  return right_WriteString(io, value);
}
