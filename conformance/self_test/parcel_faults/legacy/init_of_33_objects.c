/* PCL-2: 33 objects are not refused. */
#include <serializer.h>

void right_IpcIoInit(IpcIo* io, void* buffer, size_t bufferSize, size_t maxobjects);

void IpcIoInit(IpcIo* io, void* buffer, size_t bufferSize, size_t maxobjects) {
  right_IpcIoInit(io, buffer, bufferSize, maxobjects == 33 ? 32 : maxobjects);
}
