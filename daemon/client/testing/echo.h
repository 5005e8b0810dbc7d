/* echo.h: what echo_server and echo_client say to each other; includes the header of the device,
 * and nothing else of this repository. */
#ifndef LITE_IPC_ECHO_H
#define LITE_IPC_ECHO_H

#include <stddef.h>

#include "daemon/client/testing/lite_ipc_device.h"

/* Codes of requests to the service manager. */
enum { ECHO_ENROLL = 1, ECHO_FIND = 2 };

/* Of any request to the service. */
struct echo_answer {
  uint64_t sum;
  uint64_t bytes;
};

/* Depends on the order of the bytes. */
static inline uint64_t echo_sum(const void* bytes, size_t count) {
  uint64_t sum = 0;
  for (size_t i = 0; i < count; ++i) sum = sum * 31 + ((const unsigned char*)bytes)[i];
  return sum;
}

#endif
