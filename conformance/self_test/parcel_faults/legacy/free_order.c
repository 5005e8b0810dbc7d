/* PCL-47: the buffer that was pushed first is freed first. */
#include <serializer.h>

void right_IpcIoPushDataBuffWithFree(IpcIo* io, const BuffPtr* dataBuff, IpcIoFreePtr freePtr);
void right_IpcIoFreeDataBuff(IpcIo* io);

static void* freed[64];
static size_t freed_count;
static IpcIoFreePtr callback;

static void note(void* buffer) {
  if (freed_count < 64) freed[freed_count++] = buffer;
}

void IpcIoPushDataBuffWithFree(IpcIo* io, const BuffPtr* dataBuff, IpcIoFreePtr freePtr) {
  callback = freePtr;
  right_IpcIoPushDataBuffWithFree(io, dataBuff, note);
}

void IpcIoFreeDataBuff(IpcIo* io) {
  freed_count = 0;
  right_IpcIoFreeDataBuff(io);
  while (freed_count > 0) callback(freed[--freed_count]);
}
