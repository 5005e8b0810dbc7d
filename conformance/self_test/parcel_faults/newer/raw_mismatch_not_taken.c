/* NPC-10: raw data of another size leaves its count untaken. */
#include <serializer.h>

void* right_ReadRawData(IpcIo* io, size_t size);

void* ReadRawData(IpcIo* io, size_t size) {
  if (io == NULL) return NULL;
  const IpcIo before = *io;
  void* const data = right_ReadRawData(io, size);
  if (data == NULL && io->flag == 1) *io = before;
  return data;
}
