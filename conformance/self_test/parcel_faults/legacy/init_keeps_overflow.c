/* PCL-4: an init does not take back the overflow mark. */
#include <serializer.h>

void right_IpcIoInit(IpcIo* io, void* buffer, size_t bufferSize, size_t maxobjects);

void IpcIoInit(IpcIo* io, void* buffer, size_t bufferSize, size_t maxobjects) {
  const uint32_t flag = io == NULL ? 0 : io->flag;
  right_IpcIoInit(io, buffer, bufferSize, maxobjects);
  if (io != NULL && flag == 3) io->flag = 3;
}
