/* PCL-10: an int32 begins at a whole word, not at the cursor. */
#include <serializer.h>

void right_IpcIoPushInt32(IpcIo* io, int32_t value);

void IpcIoPushInt32(IpcIo* io, int32_t value) {
  while (io != NULL && (io->bufferCur - io->bufferBase) % 4 != 0 && io->bufferLeft > 0) {
    ++io->bufferCur;
    --io->bufferLeft;
  }
  right_IpcIoPushInt32(io, value);
}
