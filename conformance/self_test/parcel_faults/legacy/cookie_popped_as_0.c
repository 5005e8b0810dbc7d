/* PCL-33: the cookie of a service that is read is always 0. */
#include <serializer.h>
#include <string.h>

/* Of no type: it may have any address. */
void* right_IpcIoPopSvc(IpcIo* io);

SvcIdentity* IpcIoPopSvc(IpcIo* io) {
  static SvcIdentity copy;
  void* const service = right_IpcIoPopSvc(io);
  if (service == NULL) return NULL;
  memcpy(&copy, service, sizeof copy);
  if (copy.cookie == 0) return service;
  copy.cookie = 0;
  return &copy;
}
