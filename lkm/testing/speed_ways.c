/* speed_ways.c: by /dev/lite_ipc, binder, sockets, pipes, and a driver that does nothing else. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/android/binder.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <touchstone/lite_ipc_abi.h>
#include <unistd.h>

#include "bare_driver.h"
#include "speed.h"

enum { binder_map_bytes = 1 << 20 };

static unsigned char payload[large_bytes];

/* --- LiteIPC --- */

static int device;

static void* exchange(uint32_t flags, const void* out, const void* to_free) {
  struct touchstone_content64 words = {
      .flag = flags, .out_message = (uintptr_t)out, .buffer_to_free = (uintptr_t)to_free};
  if (ioctl(device, TOUCHSTONE_IPC_SEND_RECV_MSG_64, &words) != 0) fail("IPC_SEND_RECV_MSG");
  return (void*)(uintptr_t)words.in_message;
}

static void open_device(void) {
  device = open("/dev/lite_ipc", O_RDWR | O_CLOEXEC);
  if (device < 0) fail("/dev/lite_ipc");
  if (mmap(NULL, TOUCHSTONE_POOL_BYTES_MAX, PROT_READ, MAP_PRIVATE, device, 0) == MAP_FAILED) {
    fail("the pool");
  }
}

/* A receive that another call of this process makes is a service's beginning; here a message to
 * itself is. */
static void lite_ipc_serve(unsigned pair, size_t bytes) {
  open_device();
  const uint32_t self = (uint32_t)syscall(SYS_gettid);
  struct touchstone_message64 message = {.type = TOUCHSTONE_MT_REQUEST, .target_handle = self};
  exchange(TOUCHSTONE_SEND, &message, NULL);
  const void* const own = exchange(TOUCHSTONE_RECV, NULL, NULL);
  exchange(TOUCHSTONE_BUFF_FREE, NULL, own);
  tell(&board->task_of_service[pair], self);
  struct touchstone_message64* request = exchange(TOUCHSTONE_RECV, NULL, NULL);
  for (;;) {
    if (request->object_count != 0) {
      const struct touchstone_object64* const object = (void*)(uintptr_t)request->data;
      exchange(TOUCHSTONE_BUFF_FREE, NULL, (void*)(uintptr_t)object->second.pointer);
    }
    const struct touchstone_message64 reply = {.type = TOUCHSTONE_MT_REPLY,
                                               .target_handle = request->task_id,
                                               .timestamp = request->timestamp,
                                               .data_size = bytes == small_bytes ? small_bytes : 0,
                                               .data = (uintptr_t)payload};
    exchange(TOUCHSTONE_SEND | TOUCHSTONE_BUFF_FREE, &reply, request);
    request = exchange(TOUCHSTONE_RECV, NULL, NULL); /* with the reply it would be a call, RCV-8 */
  }
}

static void lite_ipc_open_client(unsigned pair) {
  open_device();
  tell(&board->task_of_client[pair], (uint32_t)syscall(SYS_gettid));
}

static void lite_ipc_call(unsigned pair, size_t bytes) {
  static const void* last;
  static const uint32_t offset;
  const struct touchstone_object64 object = {.type = TOUCHSTONE_OBJ_PTR,
                                             .first.size = (uint32_t)bytes,
                                             .second.pointer = (uintptr_t)payload};
  const int is_small = bytes == small_bytes;
  const struct touchstone_message64 request = {
      .type = TOUCHSTONE_MT_REQUEST,
      .target_handle = board->task_of_service[pair],
      .data_size = is_small ? small_bytes : sizeof object,
      .data = is_small ? (uintptr_t)payload : (uintptr_t)&object,
      .object_count = is_small ? 0 : 1,
      .offsets = is_small ? 0 : (uintptr_t)&offset};
  const uint32_t give_back = last == NULL ? 0 : TOUCHSTONE_BUFF_FREE;
  last = exchange(TOUCHSTONE_SEND | TOUCHSTONE_RECV | give_back, &request, last);
}

/* The service manager lets each client call its service. */
static void lite_ipc_manage(unsigned pairs) {
  open_device();
  if (ioctl(device, TOUCHSTONE_IPC_SET_CMS, 4096ul) != 0) fail("IPC_SET_CMS");
  tell(&board->is_managed, 1);
  for (unsigned pair = 0; pair < pairs; ++pair) {
    struct touchstone_cms_command command = {.command = TOUCHSTONE_CMS_ADD_ACCESS,
                                             .subject = await(&board->task_of_client[pair]),
                                             .service = await(&board->task_of_service[pair])};
    if (ioctl(device, TOUCHSTONE_IPC_CMS_CMD, &command) != 0) fail("ADD_ACCESS");
  }
}

/* --- binder --- */

static int binder;

struct binder_answer {
  uint32_t has_transaction;
  struct binder_transaction_data transaction;
};

static void open_binder(void) {
  binder = open("/dev/binder", O_RDWR | O_CLOEXEC);
  if (binder < 0) fail("/dev/binder");
  if (mmap(NULL, binder_map_bytes, PROT_READ, MAP_PRIVATE, binder, 0) == MAP_FAILED) {
    fail("binder's memory");
  }
}

/* Gives commands, and takes what comes until it is a transaction or a reply. */
static struct binder_answer binder_exchange(const unsigned char* commands, size_t bytes) {
  struct binder_answer answer = {0};
  unsigned char returns[512];
  size_t written = 0;
  while (!answer.has_transaction) {
    struct binder_write_read both = {.write_size = bytes - written,
                                     .write_buffer = (uintptr_t)commands + written,
                                     .read_size = sizeof returns,
                                     .read_buffer = (uintptr_t)returns};
    if (ioctl(binder, BINDER_WRITE_READ, &both) != 0) fail("BINDER_WRITE_READ");
    written += both.write_consumed;
    for (size_t at = 0; at < both.read_consumed;) {
      uint32_t word;
      memcpy(&word, returns + at, sizeof word);
      at += sizeof word;
      if (word == BR_TRANSACTION || word == BR_REPLY) {
        memcpy(&answer.transaction, returns + at, sizeof answer.transaction);
        answer.has_transaction = 1;
      } else if (word == BR_DEAD_REPLY || word == BR_FAILED_REPLY || word == BR_ERROR) {
        errno = EIO;
        fail("binder's answer");
      }
      at += _IOC_SIZE(word);
    }
  }
  return answer;
}

static size_t put(unsigned char* at, uint32_t word, const void* argument, size_t bytes) {
  memcpy(at, &word, sizeof word);
  memcpy(at + sizeof word, argument, bytes);
  return sizeof word + bytes;
}

/* Gives back what came last, and sends. */
static struct binder_answer binder_send(uint32_t word, binder_uintptr_t last, size_t bytes) {
  unsigned char commands[256];
  size_t size = 0;
  if (last != 0) size += put(commands, BC_FREE_BUFFER, &last, sizeof last);
  const struct binder_transaction_data data = {
      .code = 1, .data_size = bytes, .data.ptr.buffer = (uintptr_t)payload};
  size += put(commands + size, word, &data, sizeof data);
  return binder_exchange(commands, size);
}

static void binder_serve(unsigned pair, size_t bytes) {
  open_binder();
  if (ioctl(binder, BINDER_SET_CONTEXT_MGR, 0) != 0) fail("BINDER_SET_CONTEXT_MGR");
  tell(&board->task_of_service[pair], 1);
  const uint32_t begin = BC_ENTER_LOOPER;
  struct binder_answer request = binder_exchange((const unsigned char*)&begin, sizeof begin);
  for (;;) {
    request = binder_send(BC_REPLY, request.transaction.data.ptr.buffer,
                          bytes == small_bytes ? small_bytes : 0);
  }
}

static void binder_open_client(unsigned pair) {
  open_binder();
  tell(&board->task_of_client[pair], 1);
}

static void binder_call(unsigned pair, size_t bytes) {
  static binder_uintptr_t last;
  (void)pair;
  last = binder_send(BC_TRANSACTION, last, bytes).transaction.data.ptr.buffer;
}

/* --- sockets and pipes --- */

static int to_service[pairs_max][2], to_client[pairs_max][2]; /* reading and writing ends */

static void read_all(int from, size_t bytes) {
  static unsigned char received[large_bytes];
  for (size_t at = 0; at < bytes;) {
    const ssize_t got = read(from, received + at, bytes - at);
    if (got <= 0) fail("read");
    at += (size_t)got;
  }
}

static void write_all(int to, size_t bytes) {
  for (size_t at = 0; at < bytes;) {
    const ssize_t put = write(to, payload + at, bytes - at);
    if (put <= 0) fail("write");
    at += (size_t)put;
  }
}

static void stream_serve(unsigned pair, size_t bytes) {
  tell(&board->task_of_service[pair], 1);
  for (;;) {
    read_all(to_service[pair][0], bytes);
    write_all(to_client[pair][1], bytes == small_bytes ? small_bytes : 1);
  }
}

static void stream_open_client(unsigned pair) { tell(&board->task_of_client[pair], 1); }

static void stream_call(unsigned pair, size_t bytes) {
  write_all(to_service[pair][1], bytes);
  read_all(to_client[pair][0], bytes == small_bytes ? small_bytes : 1);
}

static void make_sockets(unsigned pair) {
  const int room = 4 * large_bytes;
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) != 0) fail("socketpair");
  for (int i = 0; i < 2; ++i) setsockopt(ends[i], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  to_service[pair][0] = to_client[pair][1] = ends[0];
  to_service[pair][1] = to_client[pair][0] = ends[1];
}

static void make_pipes(unsigned pair) {
  if (pipe(to_service[pair]) != 0 || pipe(to_client[pair]) != 0) fail("pipe");
}

static void close_streams(unsigned pair) {
  for (int end = 0; end < 2; ++end) {
    close(to_service[pair][end]);
    close(to_client[pair][end]);
  }
}

static void make_nothing(unsigned pair) { (void)pair; }
static void manage_nothing(unsigned pairs) {
  (void)pairs;
  tell(&board->is_managed, 1);
}

/* --- bare_driver --- */

static int bare;
static uint64_t bare_words[BARE_WORDS];

static void bare_do(unsigned long command) {
  if (ioctl(bare, command, bare_words) != 0) fail("/dev/bare");
}

static void open_bare(void) {
  bare = open("/dev/bare", O_RDWR | O_CLOEXEC);
  if (bare < 0) fail("/dev/bare");
}

static void bare_serve(unsigned pair, size_t bytes) {
  (void)bytes;
  open_bare();
  bare_do(BARE_BEGIN);
  tell(&board->task_of_service[pair], 1);
  for (;;) {
    bare_do(BARE_WAIT);
    bare_do(BARE_REPLY);
  }
}

static void bare_open_client(unsigned pair) {
  open_bare();
  tell(&board->task_of_client[pair], 1);
}

static void bare_call(unsigned pair, size_t bytes) {
  (void)pair;
  (void)bytes;
  bare_do(BARE_CALL);
}

/* --- all of them --- */

const struct way ways[way_count] = {
    {"lite_ipc", "/dev/lite_ipc", large_bytes, make_nothing, make_nothing, lite_ipc_manage,
     lite_ipc_serve, lite_ipc_open_client, lite_ipc_call},
    {"binder", "/dev/binder", large_bytes, make_nothing, make_nothing, manage_nothing, binder_serve,
     binder_open_client, binder_call},
    {"seqpacket", "/dev/null", large_bytes, make_sockets, close_streams, manage_nothing,
     stream_serve, stream_open_client, stream_call},
    {"pipe", "/dev/null", large_bytes, make_pipes, close_streams, manage_nothing, stream_serve,
     stream_open_client, stream_call},
    {"bare", "/dev/bare", small_bytes, make_nothing, make_nothing, manage_nothing, bare_serve,
     bare_open_client, bare_call},
};

int has_pairs(const struct way* way) {
  return way->make != make_nothing || way->manage != manage_nothing;
}
