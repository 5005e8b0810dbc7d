/* PCL-44: a null service is pushed as one of zeroes. */
#include <serializer.h>

void right_IpcIoPushSvc(IpcIo* io, const SvcIdentity* svc);

void IpcIoPushSvc(IpcIo* io, const SvcIdentity* svc) {
  static const SvcIdentity none;
  right_IpcIoPushSvc(io, svc == NULL ? &none : svc);
}
