/* PCL-22: the length of a string has two bytes. */
#include <serializer.h>
#include <string.h>

void right_IpcIoPushString(IpcIo* io, const char* value);
void right_IpcIoPushUint16Unaligned(IpcIo* io, uint16_t value);

void IpcIoPushString(IpcIo* io, const char* value) {
  if (io == NULL || value == NULL || strlen(value) > 4000 || io->bufferLeft < strlen(value) + 8) {
    right_IpcIoPushString(io, value);
    return;
  }
  const size_t whole = (strlen(value) + 4) / 4 * 4;
  right_IpcIoPushUint16Unaligned(io, (uint16_t)strlen(value));
  if (io->flag != 1) return;
  memset(io->bufferCur, 0, whole);
  memcpy(io->bufferCur, value, strlen(value));
  io->bufferCur += whole;
  io->bufferLeft -= whole;
}
