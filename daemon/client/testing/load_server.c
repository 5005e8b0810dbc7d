/* load_server.c: a LiteIPC program as one would write it for a board: a service that answers each
 * request with the sum of its bytes, and takes descriptors and buffers that come along.
 *   load_server [--tally=FILE] [--gate]
 * Says `ready` when it can be called.  With --gate it then receives nothing until it has read a
 * byte from stdin. */
#define _GNU_SOURCE
#include "daemon/client/testing/device_calls.h"
#include "daemon/client/testing/tally.h"

static struct tally* tally;
static int device;

static void take_objects(const struct lite_ipc_message* in) {
  for (uint32_t i = 0; i < in->object_count; ++i) {
    struct lite_ipc_object object;
    uint32_t offset = 0;
    memcpy(&offset, (const char*)in->offsets + i * sizeof offset, sizeof offset);
    memcpy(&object, (const char*)in->data + offset, sizeof object);
    if (object.type == LITE_IPC_OBJECT_BUFFER) give_back(device, object.content.buffer.at);
    if (object.type != LITE_IPC_OBJECT_FD) continue;
    if (close((int)object.content.fd) != 0) give_up("a descriptor that did not come");
    ++tally->descriptors;
  }
}

int main(int count, char** arguments) {
  const char* path = NULL;
  int has_gate = 0;
  for (int i = 1; i < count; ++i) {
    if (strncmp(arguments[i], "--tally=", 8) == 0) path = arguments[i] + 8;
    has_gate |= strcmp(arguments[i], "--gate") == 0;
  }
  tally = map_tallies(path, 1);
  if (tally == NULL) give_up(path);
  device = open_device(LITE_IPC_POOL_BYTES_MAX);
  enroll(device);
  say("ready");
  if (has_gate) wait_at_gate();
  for (;;) {
    struct lite_ipc_message* in = receive(device);
    ++tally->received;
    take_objects(in);
    struct echo_answer answer = {echo_sum(in->data, in->data_bytes), in->data_bytes};
    if (in->flag == LITE_IPC_ONEWAY) {
      give_back(device, in);
    } else {
      reply(device, in, &answer, sizeof answer);
    }
  }
}
