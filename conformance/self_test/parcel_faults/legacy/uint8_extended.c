/* PCL-15: a large uint8 is pushed as a negative number. */
#include <serializer.h>

void right_IpcIoPushInt8(IpcIo* io, int8_t value);

void IpcIoPushUint8(IpcIo* io, uint8_t value) { right_IpcIoPushInt8(io, (int8_t)value); }
