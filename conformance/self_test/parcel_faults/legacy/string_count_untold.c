/* PCL-58: a string that is cut off tells no count. */
#include <serializer.h>

char* right_IpcIoPopString(IpcIo* io, size_t* sz);

char* IpcIoPopString(IpcIo* io, size_t* sz) {
  size_t count = 0;
  char* const text = right_IpcIoPopString(io, &count);
  if (text != NULL && sz != NULL) *sz = count;
  return text;
}
