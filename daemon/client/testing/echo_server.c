/* echo_server.c: a LiteIPC program as one would write it for a board: open, mmap and ioctl on the
 * device file, nothing else.  One task is the service manager, another one a service that answers
 * each request with the sum and the count of the request's bytes.
 *   echo_server [--manager | --service] [--count=N]
 * is both or one of them, says `ready` when it can be called, and ends after so many requests to
 * the service, or never. */
#define _GNU_SOURCE
#include <pthread.h>

#include "daemon/client/testing/device_calls.h"

static int device;

static void* serve(void* requests) {
  const unsigned long limit = *(unsigned long*)requests;
  enroll(device);
  say("ready");
  for (unsigned long count = 0; limit == 0 || count < limit; ++count) {
    struct lite_ipc_message* in = receive(device);
    struct echo_answer answer = {echo_sum(in->data, in->data_bytes), in->data_bytes};
    if (in->flag == LITE_IPC_ONEWAY) {
      give_back(device, in);
    } else {
      reply(device, in, &answer, sizeof answer);
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
    struct lite_ipc_message* in = receive(device);
    uint32_t answer = 0;
    if (in->type == LITE_IPC_DEATH_NOTIFY) {
      if (in->target.token == service) service = 0;
      give_back(device, in);
      continue;
    }
    if (in->code == ECHO_ENROLL) answer = service = new_service(in->task_id);
    if (in->code == ECHO_FIND) answer = find_service(in->task_id, service);
    reply(device, in, &answer, sizeof answer);
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
  device = open_device(LITE_IPC_POOL_BYTES_MAX);
  if (!manages) serve(&requests);
  if (ioctl(device, LITE_IPC_SET_CMS, 8192) != 0) give_up("SET_CMS");
  if (ioctl(device, LITE_IPC_SET_IPC_THREAD) < 0) give_up("SET_IPC_THREAD");
  if (!serves) say("ready");
  if (serves && pthread_create(&service, NULL, serve, &requests) != 0) give_up("pthread_create");
  manage();
}
