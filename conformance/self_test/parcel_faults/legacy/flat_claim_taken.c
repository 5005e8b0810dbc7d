/* PCL-64: a flat object that claims too much leaves its length untaken. */
#include <serializer.h>

void* right_IpcIoPopFlatObj(IpcIo* io, uint32_t* size);

void* IpcIoPopFlatObj(IpcIo* io, uint32_t* size) {
  if (io == NULL) return NULL;
  const IpcIo before = *io;
  void* const object = right_IpcIoPopFlatObj(io, size);
  if (size != NULL && *size > 8192) *io = before;
  return object;
}
