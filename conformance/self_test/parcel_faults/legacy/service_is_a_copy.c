/* PCL-70: a service that is read lies in no message. */
#include <serializer.h>
#include <string.h>

/* Of no type: it may have any address. */
void* right_IpcIoPopSvc(IpcIo* io);

SvcIdentity* IpcIoPopSvc(IpcIo* io) {
  static SvcIdentity copy;
  const void* const service = right_IpcIoPopSvc(io);
  if (service == NULL) return NULL;
  memcpy(&copy, service, sizeof copy);
  return &copy;
}
