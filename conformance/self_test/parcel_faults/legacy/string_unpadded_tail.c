/* PCL-60: the last string needs no padding. */
#include <serializer.h>
#include <string.h>

char* right_IpcIoPopString(IpcIo* io, size_t* sz);

char* IpcIoPopString(IpcIo* io, size_t* sz) {
  if (io == NULL || io->flag != 1 || io->bufferLeft < 4) return right_IpcIoPopString(io, sz);
  uint32_t length = 0;
  memcpy(&length, io->bufferCur, 4);
  const size_t behind = io->bufferLeft - 4;
  if (length > 8192 || length + 1 > behind || (length + 4) / 4 * 4 <= behind) {
    return right_IpcIoPopString(io, sz);
  }
  char* const text = io->bufferCur + 4;
  io->bufferCur += io->bufferLeft;
  io->bufferLeft = 0;
  if (sz != NULL) *sz = length;
  return text;
}
