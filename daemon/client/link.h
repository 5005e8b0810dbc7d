/* link.h: one task's connection to the daemon, and the device calls over it: a request goes, its
 * answer comes and is carried out in the process's memory and table of descriptors.  One thread
 * uses it.  Does not know which connection is whose, nor how one is made. */
#ifndef LITE_IPC_LINK_H
#define LITE_IPC_LINK_H

#include <stdint.h>

#include "daemon/client/capture.h"
#include "daemon/client/mailbox.h"
#include "daemon/client/packets.h"
#include "daemon/protocol.h"

#ifdef __cplusplus
extern "C" {
#endif

struct lite_ipc_link {
  int socket;
  struct liteipcd_mailbox* mailbox; /* NULL: there is none, and no doorbell */
  int doorbell;
  int is_broken; /* the daemon has gone, or has said what it must not say: no call works any more */
  struct lite_ipc_memory memory;
  struct lite_ipc_received received;
  struct {
    struct liteipcd_answer answer;
    uint32_t places[LITEIPCD_DESCRIPTORS_MAX];
  } answer;
  struct lite_ipc_call call; /* large, and used from its start */
};

/* All give what the call gives: 0 or more, or minus an errno, ENODEV where the link is broken.  The
 * first maps a mailbox if the daemon gives one: the caller's to unmap, whatever it gives. */
int64_t lite_ipc_link_hello(struct lite_ipc_link* link, uint32_t thread, int is_child,
                            struct liteipcd_welcome* welcome);
int64_t lite_ipc_link_open(struct lite_ipc_link* link);
/* `pool_file` is the caller's to close where it gives 0. */
int64_t lite_ipc_link_mmap(struct lite_ipc_link* link, const struct liteipcd_mmap* request,
                           int* pool_file);
/* `frame` is that of the function that was called with the argument. */
int64_t lite_ipc_link_ioctl(struct lite_ipc_link* link, struct lite_ipc_pool pool, uint32_t command,
                            uintptr_t argument, uintptr_t frame);

#ifdef __cplusplus
}
#endif

#endif
