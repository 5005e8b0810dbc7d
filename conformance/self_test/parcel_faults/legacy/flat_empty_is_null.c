/* PCL-63: an empty flat object is read as null. */
#include <serializer.h>

void* right_IpcIoPopFlatObj(IpcIo* io, uint32_t* size);

void* IpcIoPopFlatObj(IpcIo* io, uint32_t* size) {
  void* const object = right_IpcIoPopFlatObj(io, size);
  return size != NULL && *size == 0 ? NULL : object;
}
