/* PCL-46: a buffer whose push failed is freed with the others. */
#include <serializer.h>

void right_IpcIoPushDataBuffWithFree(IpcIo* io, const BuffPtr* dataBuff, IpcIoFreePtr freePtr);
void right_IpcIoFreeDataBuff(IpcIo* io);

static void* failed;
static IpcIoFreePtr callback;

void IpcIoPushDataBuffWithFree(IpcIo* io, const BuffPtr* dataBuff, IpcIoFreePtr freePtr) {
  right_IpcIoPushDataBuffWithFree(io, dataBuff, freePtr);
  if (io == NULL || dataBuff == NULL || io->flag == 1) return;
  failed = dataBuff->buff;
  callback = freePtr;
}

void IpcIoFreeDataBuff(IpcIo* io) {
  right_IpcIoFreeDataBuff(io);
  if (failed != NULL) callback(failed);
  failed = NULL;
}
