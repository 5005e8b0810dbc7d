/* descriptor.h: the library's own descriptors: high, where no program looks, and closed past a
 * preloaded close(), which protects them. */
#ifndef LITE_IPC_DESCRIPTOR_H
#define LITE_IPC_DESCRIPTOR_H

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The least number of one, where the process may have so many: the lowest free ones are for what
 * messages bring. */
enum { lite_ipc_own_descriptor_min = 512 };

/* A copy up there that no exec inherits; -1 and errno as for fcntl. */
static inline int lite_ipc_copy_high(int descriptor) {
  const int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, lite_ipc_own_descriptor_min);
  return copy < 0 && errno == EINVAL ? fcntl(descriptor, F_DUPFD_CLOEXEC, 3) : copy;
}

static inline void lite_ipc_close_descriptor(int descriptor) {
  (void)syscall(SYS_close, descriptor);
}

#endif
