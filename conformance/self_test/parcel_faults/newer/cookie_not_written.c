/* NPC-6: the cookie of a service is not written. */
#include <serializer.h>

bool right_WriteRemoteObject(IpcIo* io, const SvcIdentity* svc);

bool WriteRemoteObject(IpcIo* io, const SvcIdentity* svc) {
  SvcIdentity other = {0, 0, 0};
  if (svc == NULL) return right_WriteRemoteObject(io, svc);
  other.handle = svc->handle;
  other.token = svc->token;
  return right_WriteRemoteObject(io, &other);
}
