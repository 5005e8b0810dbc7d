/* PCL-59: a string that claims too much sets the overflow mark. */
#include <serializer.h>

char* right_IpcIoPopString(IpcIo* io, size_t* sz);

char* IpcIoPopString(IpcIo* io, size_t* sz) {
  size_t count = 0;
  char* const text = right_IpcIoPopString(io, &count);
  if (io != NULL && count > 8192) io->flag |= 2;
  if (sz != NULL) *sz = count;
  return text;
}
