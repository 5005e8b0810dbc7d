/* capture.h: what a device call may read of its process's memory, found as the kernel would find
 * it, and made a request.  What cannot be read is left out: the daemon then answers as the contract
 * says for memory that is not there.  Sends nothing. */
#ifndef LITE_IPC_CAPTURE_H
#define LITE_IPC_CAPTURE_H

#include <sys/uio.h>

#include "daemon/client/layout.h"
#include "daemon/client/own_memory.h"
#include "daemon/protocol.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
  lite_ipc_part_tables = 0,  /* packet, call and segments */
  lite_ipc_part_numbers = 1, /* of descriptors */
  lite_ipc_part_bytes = 2    /* of the first segment; those of the others follow */
};

/* A pool lies in its process's memory and is the daemon's own: nobody has to send it there. */
struct lite_ipc_pool {
  uintptr_t address;
  size_t bytes; /* 0: there is none */
};

/* A call as it goes to the daemon.  What is small has been copied; the parts of the rest point into
 * the caller's memory, which may turn out to be bad when it is sent. */
struct lite_ipc_call {
  struct {
    struct liteipcd_packet packet;
    struct liteipcd_ioctl ioctl; /* with the counts of what is below */
    struct liteipcd_segment segments[LITEIPCD_SEGMENTS_MAX];
  } tables;
  struct iovec parts[lite_ipc_part_bytes + LITEIPCD_SEGMENTS_MAX];
  uint32_t numbers[LITEIPCD_DESCRIPTORS_MAX]; /* each once */
  lite_ipc_content content;
  lite_ipc_message message;
  struct touchstone_cms_command cms_command;
  uint32_t offsets[LITE_IPC_OBJECTS_MAX];
  uint8_t data[LITE_IPC_DATA_BYTES_MAX];
};

/* Fills in segments, their bytes and the numbers; parts that come before them, and the packet, are
 * whoever sends it. */
void lite_ipc_capture(struct lite_ipc_call* call, const struct lite_ipc_memory* memory,
                      struct lite_ipc_pool pool, uint32_t command, uintptr_t argument);

#ifdef __cplusplus
}
#endif

#endif
