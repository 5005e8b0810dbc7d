/* PCL-21: an unaligned uint16 takes four bytes. */
#include <serializer.h>

void right_IpcIoPushUint16(IpcIo* io, uint16_t value);

void IpcIoPushUint16Unaligned(IpcIo* io, uint16_t value) { right_IpcIoPushUint16(io, value); }
