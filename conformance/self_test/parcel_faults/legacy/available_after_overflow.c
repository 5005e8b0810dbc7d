/* PCL-73: a parcel that has overflowed is said to be available. */
#include <serializer.h>

bool IpcIoAvailable(const IpcIo* io) { return io != NULL && (io->flag & 1) != 0; }
