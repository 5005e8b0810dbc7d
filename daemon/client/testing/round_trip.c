/* round_trip.c: a LiteIPC program as one would write it for a board: what a request and its reply
 * cost.
 *   round_trip --service
 *   round_trip [--ms=N] [--bytes=N | --buffer=N]
 * The service sends the data of a request back; of a buffer it sends the sum of its words. */
#define _GNU_SOURCE
#include "daemon/client/testing/device_calls.h"
#include "daemon/client/testing/stopwatch.h"
#include "daemon/client/testing/words.h"

enum { data_bytes_max = 6144 };

static struct stopwatch watch;
static struct lite_ipc_message* to_free; /* with the next call */

static void serve(int device) {
  enroll(device);
  say("ready");
  for (;;) {
    struct lite_ipc_message* in = receive(device);
    if (in->object_count == 0) {
      reply(device, in, in->data, in->data_bytes);
      continue;
    }
    const struct lite_ipc_object* buffer = in->data;
    uint64_t sum = sum_of_words(buffer->content.buffer.at, buffer->content.buffer.bytes);
    give_back(device, buffer->content.buffer.at);
    reply(device, in, &sum, sizeof sum);
  }
}

static const struct lite_ipc_message* ask(int device, struct lite_ipc_message* out) {
  const uint32_t free = to_free != NULL ? LITE_IPC_FREE : 0;
  if (call(device, LITE_IPC_SEND | LITE_IPC_RECEIVE | free, out, &to_free, to_free) != 0) {
    give_up("ask");
  }
  return to_free;
}

static uint32_t find_service(int device) {
  struct lite_ipc_message out = {.type = LITE_IPC_REQUEST, .code = ECHO_FIND};
  uint32_t handle = 0;
  memcpy(&handle, ask(device, &out)->data, sizeof handle);
  return handle;
}

/* What is sent, and what has to come back for it. */
struct exchange {
  struct lite_ipc_message out;
  struct lite_ipc_object buffer;
  uint32_t offset;
  unsigned char data[data_bytes_max];
  uint64_t sum;
  const void* expected;
  size_t expected_bytes;
};

static void prepare(struct exchange* it, const struct trip_options* options) {
  const size_t bytes = options->buffer_bytes;
  it->out = (struct lite_ipc_message){
      .type = LITE_IPC_REQUEST, .data_bytes = (uint32_t)options->bytes, .data = it->data};
  memset(it->data, 3, sizeof it->data);
  it->expected = it->data;
  it->expected_bytes = options->bytes;
  if (bytes == 0) return;
  it->buffer = (struct lite_ipc_object){.type = LITE_IPC_OBJECT_BUFFER,
                                        .content.buffer = {(uint32_t)bytes, new_words(bytes)}};
  it->out.data_bytes = sizeof it->buffer;
  it->out.data = &it->buffer;
  it->out.object_count = 1;
  it->out.offsets = &it->offset;
  it->sum = sum_of_words(it->buffer.content.buffer.at, bytes);
  it->expected = &it->sum;
  it->expected_bytes = sizeof it->sum;
}

int main(int count, char** arguments) {
  struct exchange exchange = {0};
  const struct trip_options options = read_trip_options(count, arguments);
  if (options.bytes > data_bytes_max) return 2;
  const int device = open_device(LITE_IPC_POOL_BYTES_MAX);
  if (options.serves) serve(device);
  prepare(&exchange, &options);
  exchange.out.target.handle = find_service(device);
  while (stopwatch_goes_on(&watch, options.ms)) {
    const struct lite_ipc_message* in = ask(device, &exchange.out);
    if (in->type != LITE_IPC_REPLY || in->data_bytes != exchange.expected_bytes ||
        memcmp(in->data, exchange.expected, in->data_bytes) != 0) {
      give_up("a wrong reply");
    }
  }
  stopwatch_print(&watch);
  return 0;
}
