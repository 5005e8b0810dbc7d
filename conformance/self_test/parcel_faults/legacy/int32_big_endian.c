/* PCL-9: an int32 has its highest byte first. */
#include <serializer.h>

void right_IpcIoPushInt32(IpcIo* io, int32_t value);

void IpcIoPushInt32(IpcIo* io, int32_t value) {
  right_IpcIoPushInt32(io, (int32_t)__builtin_bswap32((uint32_t)value));
}
