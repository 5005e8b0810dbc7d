/* PCL-39: a flat object of 8193 bytes is looked at as if it could fit. */
#include <serializer.h>

void right_IpcIoPushFlatObj(IpcIo* io, const void* obj, uint32_t size);
void right_IpcIoPushUint32(IpcIo* io, uint32_t value);

void IpcIoPushFlatObj(IpcIo* io, const void* obj, uint32_t size) {
  if (obj != NULL && size == 8193) right_IpcIoPushUint32(io, size);
  right_IpcIoPushFlatObj(io, obj, size);
}
