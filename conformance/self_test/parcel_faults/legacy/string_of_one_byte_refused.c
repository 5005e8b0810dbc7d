/* PCL-57: a string of one byte is taken and not given, as one without its NUL may be. */
#include <serializer.h>

char* right_IpcIoPopString(IpcIo* io, size_t* size);

char* IpcIoPopString(IpcIo* io, size_t* size) {
  size_t count = 0;
  char* text = right_IpcIoPopString(io, &count);
  if (size != NULL) *size = count;
  return count == 1 ? NULL : text;
}
