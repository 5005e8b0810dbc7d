/* echo_client.c: a LiteIPC program as one would write it for a board: open, mmap and ioctl on the
 * device file, nothing else.  Asks echo_server for sums, checks each, prints what came of it:
 *   echo_client [--count=N] [--bytes=N] [--seed=N] [--watch] [--wait]
 * 10,000 requests of 64 bytes each.  With --watch it is told when the service ends, and says so;
 * with --wait it then waits for that after its requests.  Ends with 0 if all sums were right, 3 if
 * the server went away, 1 for anything else. */
#define _GNU_SOURCE
#include <time.h>

#include "daemon/client/testing/device_calls.h"

enum { data_bytes_max = 6144, server_is_gone = 3 };

static struct {
  unsigned long count, bytes, seed;
  int watches, waits;
} options = {.count = 10000, .bytes = 64, .seed = 1};

static int device;
static struct lite_ipc_message* to_free; /* with the next call */
static unsigned long answered;

/* What a client is told of a server that has ended: ENODEV if it took the device with it. */
static int says_gone(int error) {
  return error == EACCES || error == EINVAL || error == ETIME || error == ENODEV;
}

static void leave(const char* how) {
  printf("answered=%lu gone=%s\n", answered, how);
  exit(server_is_gone);
}

/* Exchanges a message; the one received before it is given back. */
static struct lite_ipc_message* exchange(uint32_t flags, struct lite_ipc_message* out) {
  struct lite_ipc_message* in = NULL;
  if (to_free != NULL) flags |= LITE_IPC_FREE;
  if (call(device, flags, out, &in, to_free) != 0) {
    if (says_gone(errno)) leave(strerrorname_np(errno));
    give_up("SEND_RECEIVE_MESSAGE");
  }
  to_free = in;
  if (in->type == LITE_IPC_DEATH_NOTIFY) leave("notice");
  return in;
}

static uint32_t find_service(void) {
  struct lite_ipc_message out = {.type = LITE_IPC_REQUEST, .code = ECHO_FIND};
  uint32_t handle = 0;
  memcpy(&handle, exchange(LITE_IPC_SEND | LITE_IPC_RECEIVE, &out)->data, sizeof handle);
  if (handle == 0) leave("before");
  return handle;
}

static void ask(uint32_t handle) {
  unsigned char data[data_bytes_max];
  struct echo_answer answer;
  for (unsigned long i = 0; i < options.bytes; ++i) {
    data[i] = (unsigned char)(options.seed + answered * 7 + i * 13);
  }
  struct lite_ipc_message out = {.type = LITE_IPC_REQUEST,
                                 .target = {.handle = handle},
                                 .data_bytes = (uint32_t)options.bytes,
                                 .data = data};
  const struct lite_ipc_message* in = exchange(LITE_IPC_SEND | LITE_IPC_RECEIVE, &out);
  errno = EPROTO;
  if (in->type != LITE_IPC_REPLY || in->data_bytes != sizeof answer) give_up("no answer");
  memcpy(&answer, in->data, sizeof answer);
  if (answer.bytes != options.bytes || answer.sum != echo_sum(data, options.bytes)) {
    give_up("wrong sum");
  }
  ++answered;
}

static void read_options(int count, char** arguments) {
  for (int i = 1; i < count; ++i) {
    const int is_number = is_option(arguments[i], "--count=", &options.count) ||
                          is_option(arguments[i], "--bytes=", &options.bytes) ||
                          is_option(arguments[i], "--seed=", &options.seed);
    options.watches |= strcmp(arguments[i], "--watch") == 0;
    options.waits |= strcmp(arguments[i], "--wait") == 0;
    const int is_known =
        is_number || strcmp(arguments[i], "--watch") == 0 || strcmp(arguments[i], "--wait") == 0;
    if (!is_known || options.bytes > data_bytes_max) {
      fprintf(stderr, "echo_client: %s?\n", arguments[i]);
      exit(2);
    }
  }
}

static double now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

int main(int count, char** arguments) {
  read_options(count, arguments);
  device = open_device(LITE_IPC_POOL_BYTES_MAX / 4);
  if (options.watches && ioctl(device, LITE_IPC_SET_IPC_THREAD) < 0) give_up("SET_IPC_THREAD");
  const uint32_t handle = find_service();
  const double started = now_ns();
  while (answered < options.count) ask(handle);
  const double ns = (now_ns() - started) / (double)(options.count > 0 ? options.count : 1);
  printf("answered=%lu round_trip_ns=%.0f\n", answered, ns);
  fflush(stdout);
  if (options.watches && options.waits) exchange(LITE_IPC_RECEIVE, NULL);
  return 0;
}
