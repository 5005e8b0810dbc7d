/* mailbox.h: the client's side of a mailbox (daemon/protocol.h): where a task waits for the answer
 * to a call before it does so at its socket, and posts a receive that would wait. */
#ifndef LITE_IPC_MAILBOX_H
#define LITE_IPC_MAILBOX_H

#include <stdint.h>

#include "daemon/protocol.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Maps it; a child has none.  NULL where that cannot be done; `file` stays open. */
struct liteipcd_mailbox* lite_ipc_map_mailbox(int file);
/* May be NULL. */
void lite_ipc_unmap_mailbox(struct liteipcd_mailbox* mailbox);

/* Before a call is sent or posted. */
void lite_ipc_open_mailbox(struct liteipcd_mailbox* mailbox);

/* A request of that many bytes has been left; 0 where it cannot be told, and is left no more. */
int lite_ipc_ring(struct liteipcd_mailbox* mailbox, uint32_t request_bytes, int doorbell);

/* A receive with this argument waits for what comes, if there is nothing yet; then 1.  Else it is
 * to be sent. */
int lite_ipc_post_receive(struct liteipcd_mailbox* mailbox, uintptr_t argument);

/* 1 and the answer, or 0: it is to be received at the socket. */
int lite_ipc_wait_at_mailbox(struct liteipcd_mailbox* mailbox, struct liteipcd_answer* answer);

#ifdef __cplusplus
}
#endif

#endif
