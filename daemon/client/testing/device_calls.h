/* device_calls.h: what the programs for a board in this folder do alike: calls on the device as one
 * would write them there, services that enroll with echo_server and clients that find them. */
#ifndef LITE_IPC_DEVICE_CALLS_H
#define LITE_IPC_DEVICE_CALLS_H

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/client/testing/echo.h"
#include "daemon/client/testing/options.h"

/* Ends the process, whatever its other threads do. */
static inline void give_up(const char* what) {
  fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(errno));
  _exit(1);
}

static inline void say(const char* what) {
  puts(what);
  fflush(stdout);
}

/* On that processor from now on; CPU_SETSIZE: where it likes. */
static inline void stay_on(unsigned long cpu) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(cpu, &cpus);
  if (cpu < CPU_SETSIZE && sched_setaffinity(0, sizeof cpus, &cpus) != 0)
    give_up("sched_setaffinity");
}

/* Until whoever started the program gives it a byte on stdin, or closes that. */
static inline void wait_at_gate(void) {
  char byte = 0;
  if (read(STDIN_FILENO, &byte, 1) < 0) give_up("stdin");
}

static inline int open_device(size_t pool_bytes) {
  const int device = open(LITE_IPC_DRIVER, O_RDWR);
  if (device < 0) give_up(LITE_IPC_DRIVER);
  void* pool = mmap(NULL, pool_bytes, PROT_READ, MAP_PRIVATE, device, 0);
  if (pool == MAP_FAILED) give_up("mmap");
  return device;
}

static inline int call(int device, uint32_t flags, struct lite_ipc_message* out,
                       struct lite_ipc_message** in, void* to_free) {
  struct lite_ipc_content content = {flags, out, NULL, to_free};
  const int value = ioctl(device, LITE_IPC_SEND_RECEIVE_MESSAGE, &content);
  if (in != NULL) *in = content.in;
  return value;
}

static inline struct lite_ipc_message* receive(int device) {
  struct lite_ipc_message* in = NULL;
  if (call(device, LITE_IPC_RECEIVE, NULL, &in, NULL) != 0) give_up("receive");
  return in;
}

/* The client may be gone by then, or have lost its patience. */
static inline void reply(int device, struct lite_ipc_message* to, void* data, uint32_t bytes) {
  struct lite_ipc_message out = {.type = LITE_IPC_REPLY,
                                 .target = {.handle = to->task_id},
                                 .timestamp = to->timestamp,
                                 .data_bytes = bytes,
                                 .data = data};
  const int value = call(device, LITE_IPC_SEND | LITE_IPC_FREE, &out, NULL, to);
  if (value != 0 && errno != EINVAL && errno != ETIME && errno != ENOMEM) give_up("reply");
}

/* A message, or a buffer that came with one. */
static inline void give_back(int device, void* received) {
  if (call(device, LITE_IPC_FREE, NULL, NULL, received) != 0) give_up("free");
}

/* To the service manager: here is a service, the task that says so. */
static inline void enroll(int device) {
  struct lite_ipc_object self = {.type = LITE_IPC_OBJECT_SERVICE,
                                 .content.service = {.handle = 0xffffffff, .token = 1}};
  uint32_t offset = 0;
  struct lite_ipc_message out = {.type = LITE_IPC_REQUEST,
                                 .code = ECHO_ENROLL,
                                 .data_bytes = sizeof self,
                                 .data = &self,
                                 .object_count = 1,
                                 .offsets = &offset};
  struct lite_ipc_message* in = NULL;
  if (call(device, LITE_IPC_SEND | LITE_IPC_RECEIVE, &out, &in, NULL) != 0) give_up("enroll");
  give_back(device, in);
}

#endif
