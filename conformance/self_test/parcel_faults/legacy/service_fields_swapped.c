/* PCL-29: handle and token of a service change places. */
#include <serializer.h>

void right_IpcIoPushSvc(IpcIo* io, const SvcIdentity* svc);

void IpcIoPushSvc(IpcIo* io, const SvcIdentity* svc) {
  SvcIdentity other = {0, 0, 0};
  if (svc != NULL) {
    other.handle = svc->token;
    other.token = svc->handle;
    other.cookie = svc->cookie;
  }
  right_IpcIoPushSvc(io, svc == NULL ? NULL : &other);
}
