/* echo_server.c: a LiteIPC program as one would write it for a board: open, mmap and ioctl on the
 * device file, nothing else.  One task is the service manager, another one a service that answers
 * each request with the sum and the count of the request's bytes.
 *   echo_server [--manager | --service] [--count=N]
 * is both or one of them, says `ready` when it can be called, and ends after so many requests to
 * the service, or never. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/client/testing/echo.h"

static int device;

static void give_up(const char* what) {
  perror(what);
  _exit(1);
}

static int call(uint32_t flags, struct lite_ipc_message* out, struct lite_ipc_message** in,
                void* to_free) {
  struct lite_ipc_content content = {flags, out, NULL, to_free};
  const int value = ioctl(device, LITE_IPC_SEND_RECEIVE_MESSAGE, &content);
  if (in != NULL) *in = content.in;
  return value;
}

static struct lite_ipc_message* receive(void) {
  struct lite_ipc_message* in = NULL;
  if (call(LITE_IPC_RECEIVE, NULL, &in, NULL) != 0) give_up("receive");
  return in;
}

/* The client may be gone by then, or have lost its patience. */
static void reply(struct lite_ipc_message* to, void* data, uint32_t bytes) {
  struct lite_ipc_message out = {.type = LITE_IPC_REPLY,
                                 .target = {.handle = to->task_id},
                                 .timestamp = to->timestamp,
                                 .data_bytes = bytes,
                                 .data = data};
  const int value = call(LITE_IPC_SEND | LITE_IPC_FREE, &out, NULL, to);
  if (value != 0 && errno != EINVAL && errno != ETIME && errno != ENOMEM) give_up("reply");
}

static void give_back(struct lite_ipc_message* message) {
  if (call(LITE_IPC_FREE, NULL, NULL, message) != 0) give_up("free");
}

static void say_ready(void) {
  puts("ready");
  fflush(stdout);
}

/* To the service manager: here is a service, the task that says so. */
static void enroll(void) {
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
  if (call(LITE_IPC_SEND | LITE_IPC_RECEIVE, &out, &in, NULL) != 0) give_up("enroll");
  give_back(in);
  say_ready();
}

static void* serve(void* requests) {
  const unsigned long limit = *(unsigned long*)requests;
  enroll();
  for (unsigned long count = 0; limit == 0 || count < limit; ++count) {
    struct lite_ipc_message* in = receive();
    struct echo_answer answer = {echo_sum(in->data, in->data_bytes), in->data_bytes};
    if (in->flag == LITE_IPC_ONEWAY) {
      give_back(in);
    } else {
      reply(in, &answer, sizeof answer);
    }
  }
  exit(0);
}

/* The caller may call the service that came last; 0 where that has ended. */
static uint32_t find_service(uint32_t caller, uint32_t service) {
  struct lite_ipc_cms_command command = {LITE_IPC_ADD_ACCESS, caller, service};
  if (service == 0 || ioctl(device, LITE_IPC_CMS_COMMAND, &command) == 0) return service;
  if (errno != EINVAL) give_up("ADD_ACCESS"); /* one of the two has just ended */
  return 0;
}

static uint32_t new_service(uint32_t caller) {
  struct lite_ipc_cms_command command = {LITE_IPC_GEN_HANDLE, caller, 0};
  if (ioctl(device, LITE_IPC_CMS_COMMAND, &command) == 0) return command.service;
  if (errno != EINVAL) give_up("GEN_HANDLE");
  return 0;
}

/* A service's number may be another task's once it has ended, so it is forgotten then. */
static void manage(void) {
  uint32_t service = 0;
  for (;;) {
    struct lite_ipc_message* in = receive();
    uint32_t answer = 0;
    if (in->type == LITE_IPC_DEATH_NOTIFY) {
      if (in->target.token == service) service = 0;
      give_back(in);
      continue;
    }
    if (in->code == ECHO_ENROLL) answer = service = new_service(in->task_id);
    if (in->code == ECHO_FIND) answer = find_service(in->task_id, service);
    reply(in, &answer, sizeof answer);
  }
}

int main(int count, char** arguments) {
  int manages = 1;
  int serves = 1;
  unsigned long requests = 0;
  pthread_t service;
  for (int i = 1; i < count; ++i) {
    if (strcmp(arguments[i], "--manager") == 0) serves = 0;
    if (strcmp(arguments[i], "--service") == 0) manages = 0;
    if (strncmp(arguments[i], "--count=", 8) == 0) requests = strtoul(arguments[i] + 8, NULL, 10);
  }
  device = open(LITE_IPC_DRIVER, O_RDWR);
  if (device < 0) give_up(LITE_IPC_DRIVER);
  void* pool = mmap(NULL, LITE_IPC_POOL_BYTES_MAX, PROT_READ, MAP_PRIVATE, device, 0);
  if (pool == MAP_FAILED) give_up("mmap");
  if (!manages) serve(&requests);
  if (ioctl(device, LITE_IPC_SET_CMS, 8192) != 0) give_up("SET_CMS");
  if (ioctl(device, LITE_IPC_SET_IPC_THREAD) < 0) give_up("SET_IPC_THREAD");
  if (!serves) say_ready();
  if (serves && pthread_create(&service, NULL, serve, &requests) != 0) give_up("pthread_create");
  manage();
}
