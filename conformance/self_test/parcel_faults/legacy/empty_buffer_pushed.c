/* PCL-45: a buffer of no bytes is pushed. */
#include <serializer.h>

void right_IpcIoPushDataBuff(IpcIo* io, const BuffPtr* dataBuff);

void IpcIoPushDataBuff(IpcIo* io, const BuffPtr* dataBuff) {
  BuffPtr other = {1, NULL};
  if (dataBuff == NULL || dataBuff->buffSz != 0) {
    right_IpcIoPushDataBuff(io, dataBuff);
    return;
  }
  other.buff = dataBuff->buff;
  right_IpcIoPushDataBuff(io, &other);
}
