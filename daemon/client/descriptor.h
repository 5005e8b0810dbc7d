/* descriptor.h: the library's own descriptors: high, where no program looks, and closed past a
 * preloaded close(), which protects them. */
#ifndef LITE_IPC_DESCRIPTOR_H
#define LITE_IPC_DESCRIPTOR_H

#include <sys/syscall.h>
#include <unistd.h>

/* The least number of one, where the process may have so many: the lowest free ones are for what
 * messages bring. */
enum { lite_ipc_own_descriptor_min = 512 };

static inline void lite_ipc_close_descriptor(int descriptor) {
  (void)syscall(SYS_close, descriptor);
}

#endif
