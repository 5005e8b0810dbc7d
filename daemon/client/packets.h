/* packets.h: bodies of requests and answers over the socket, in as many packets as they need, with
 * descriptors beside them.  Knows of daemon/protocol.h the packets alone.  As the device's own
 * calls these are no points of cancellation, raise no SIGPIPE, and do not end for a signal. */
#ifndef LITE_IPC_PACKETS_H
#define LITE_IPC_PACKETS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "daemon/protocol.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One packet, its header included in the parts.  0, or an errno: EFAULT for a bad part, EBADF for a
 * descriptor that is not open, and then nothing was sent. */
int lite_ipc_send_packet(int socket, const struct iovec* parts, size_t part_count,
                         const uint32_t* descriptors, uint32_t descriptor_count);

/* A whole body, which is not NULL.  0, or an errno. */
int lite_ipc_send_body(int socket, uint32_t operation, const void* body, uint32_t body_bytes,
                       const uint32_t* descriptors, uint32_t descriptor_count);

struct lite_ipc_received {
  uint32_t body_bytes;
  uint32_t file_count;
  int files[LITEIPCD_DESCRIPTORS_MAX]; /* -1 for one that found no room in the process's table */
};

/* Waits for the answer to an operation: its body, of `body_bytes_max` at most, and what came beside
 * it.  0, or -1 where the daemon has gone or says what it must not say; then there are no files. */
int lite_ipc_receive(int socket, uint32_t operation, int files_close_on_exec, void* body,
                     size_t body_bytes_max, struct lite_ipc_received* received);

void lite_ipc_close_files(struct lite_ipc_received* received);

#ifdef __cplusplus
}
#endif

#endif
