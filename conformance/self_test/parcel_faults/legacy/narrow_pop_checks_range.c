/* PCL-55: an int16 is refused where the upper bytes are not its sign. */
#include <serializer.h>

int16_t right_IpcIoPopInt16(IpcIo* io);
int32_t right_IpcIoPopInt32(IpcIo* io);

int16_t IpcIoPopInt16(IpcIo* io) {
  const int32_t value = right_IpcIoPopInt32(io);
  if (value == (int16_t)value) return (int16_t)value;
  if (io != NULL) io->flag |= 2;
  return 0;
}
