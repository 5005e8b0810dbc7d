/* PCL-14: a negative int8 is filled up with zeroes. */
#include <serializer.h>

void right_IpcIoPushUint8(IpcIo* io, uint8_t value);

void IpcIoPushInt8(IpcIo* io, int8_t value) { right_IpcIoPushUint8(io, (uint8_t)value); }
