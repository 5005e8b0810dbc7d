/* NPC-24: the entries of an appended parcel are not moved on. */
#include <serializer.h>
#include <string.h>

bool right_IpcIoAppend(IpcIo* dst, const IpcIo* src);

bool IpcIoAppend(IpcIo* dst, const IpcIo* src) {
  const size_t before = dst == NULL ? 0 : (size_t)(dst->offsetsCur - dst->offsetsBase);
  if (!right_IpcIoAppend(dst, src)) return false;
  const size_t count = (size_t)(src->offsetsCur - src->offsetsBase);
  if (count > 0) memcpy(dst->offsetsBase + before, src->offsetsBase, count * sizeof(size_t));
  return true;
}
