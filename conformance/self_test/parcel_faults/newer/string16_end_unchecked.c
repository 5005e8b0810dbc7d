/* NPC-13: the end of a string16 is not looked at. */
#include <serializer.h>

uint16_t* right_ReadString16(IpcIo* io, size_t* len);

uint16_t* ReadString16(IpcIo* io, size_t* len) {
  const IpcIo before = io == NULL ? (IpcIo){0} : *io;
  uint16_t* const units = right_ReadString16(io, len);
  if (units != NULL || io == NULL || io->flag != 1) return units;
  const bool was_taken = io->bufferCur - before.bufferCur > 4;
  return was_taken ? (uint16_t*)(void*)(before.bufferCur + 4) : NULL;
}
