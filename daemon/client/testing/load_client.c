/* load_client.c: LiteIPC programs as one would write them for a board, so many at one time, that go
 * on whatever becomes of their service, and count in their tallies what comes of each message.
 *   load_client --tally=FILE [--processes=N] [--count=N] [--bytes=N] [--watch] [--gate]
 *               [--oneway [--descriptors=N | --buffer=N]]
 * They ask load_server until N requests each were answered, or SIGTERM comes; with --watch they are
 * told when it ends.  With --oneway they send without waiting, perhaps objects, until a message is
 * refused.  With --gate they say `ready` when they have found the service, and wait for a byte from
 * stdin; also, with `gone`, when the device is gone, to open it anew.  Without, they end with 3. */
#define _GNU_SOURCE
#include <limits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "daemon/client/testing/device_calls.h"
#include "daemon/client/testing/tally.h"
#include "daemon/client/testing/words.h"

enum { data_bytes_max = 6144, descriptors_max = 256, device_is_gone = 3 };

static struct {
  unsigned long processes, count, bytes, descriptors, buffer_bytes;
  const char* tally;
  int watches, has_gate, is_oneway;
} options = {.processes = 1, .count = ULONG_MAX, .bytes = 64};

static struct tally* tally;
static int device;
static uint32_t service;                 /* 0: to be found */
static struct lite_ipc_message* to_free; /* with the next call */
static int device_went;
static volatile sig_atomic_t is_over;

static void end_soon(int signal_number) {
  (void)signal_number;
  is_over = 1;
}

static void note_failure(void) {
  ++tally->failed[errno];
  device_went = errno == ENODEV;
  service = 0;
}

/* NULL where no reply came. */
static const struct lite_ipc_message* ask(struct lite_ipc_message* out) {
  struct lite_ipc_message* in = NULL;
  const uint32_t frees = to_free != NULL ? LITE_IPC_FREE : 0;
  ++tally->sent;
  const int value = call(device, LITE_IPC_SEND | LITE_IPC_RECEIVE | frees, out, &in, to_free);
  to_free = in;
  if (value != 0) {
    note_failure();
    return NULL;
  }
  if (in->type == LITE_IPC_DEATH_NOTIFY) {
    ++tally->notices;
    service = 0;
    return NULL;
  }
  ++tally->answered;
  return in;
}

static void find_service(void) {
  struct lite_ipc_message out = {.type = LITE_IPC_REQUEST, .code = ECHO_FIND};
  const struct lite_ipc_message* in = ask(&out);
  if (in != NULL) memcpy(&service, in->data, sizeof service);
}

/* Whether an answer came; a wrong one ends everything. */
static int ask_for_sum(unsigned long number) {
  unsigned char data[data_bytes_max];
  struct echo_answer answer;
  for (unsigned long i = 0; i < options.bytes; ++i) data[i] = (unsigned char)(number * 7 + i * 13);
  struct lite_ipc_message out = {.type = LITE_IPC_REQUEST,
                                 .target = {.handle = service},
                                 .data_bytes = (uint32_t)options.bytes,
                                 .data = data};
  const struct lite_ipc_message* in = ask(&out);
  if (in == NULL) return 0;
  errno = EPROTO;
  if (in->type != LITE_IPC_REPLY || in->data_bytes != sizeof answer) give_up("no answer");
  memcpy(&answer, in->data, sizeof answer);
  if (answer.bytes != options.bytes || answer.sum != echo_sum(data, options.bytes)) {
    give_up("wrong sum");
  }
  return 1;
}

/* Puts the objects into a message that are asked for, else just bytes. */
static void fill(struct lite_ipc_message* out) {
  static struct lite_ipc_object objects[descriptors_max];
  static uint32_t offsets[descriptors_max];
  const unsigned long count = options.buffer_bytes > 0 ? 1 : options.descriptors;
  const int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
  for (unsigned long i = 0; i < count; ++i) {
    objects[i] = (struct lite_ipc_object){.type = LITE_IPC_OBJECT_FD, .content.fd = (uint32_t)file};
    offsets[i] = (uint32_t)(i * sizeof objects[0]);
  }
  if (options.buffer_bytes > 0) {
    objects[0] = (struct lite_ipc_object){
        .type = LITE_IPC_OBJECT_BUFFER,
        .content.buffer = {(uint32_t)options.buffer_bytes, new_words(options.buffer_bytes)}};
  }
  out->data = count > 0 ? (void*)objects : new_words(options.bytes);
  out->data_bytes = (uint32_t)(count > 0 ? count * sizeof objects[0] : options.bytes);
  out->object_count = (uint32_t)count;
  out->offsets = offsets;
}

static void send_until_refused(void) {
  struct lite_ipc_message out = {.type = LITE_IPC_REQUEST, .flag = LITE_IPC_ONEWAY};
  fill(&out);
  for (unsigned long i = 0; i < options.count && !is_over; ++i) {
    out.target.handle = service;
    ++tally->sent;
    if (call(device, LITE_IPC_SEND, &out, NULL, NULL) != 0) {
      note_failure();
      return;
    }
    ++tally->answered;
  }
}

static void begin(void) {
  device = open_device(LITE_IPC_POOL_BYTES_MAX / 4);
  if (options.watches && ioctl(device, LITE_IPC_SET_IPC_THREAD) < 0) give_up("SET_IPC_THREAD");
}

/* The device is gone, and with it its memory. */
static void begin_anew(void) {
  if (!options.has_gate) exit(device_is_gone);
  to_free = NULL;
  close(device);
  say("gone");
  wait_at_gate();
  begin();
  device_went = 0;
}

static int work(struct tally* own) {
  tally = own;
  begin();
  find_service();
  if (options.has_gate) {
    say("ready");
    wait_at_gate();
  }
  if (options.is_oneway) send_until_refused();
  for (unsigned long done = 0; !options.is_oneway && done < options.count && !is_over;) {
    if (device_went) begin_anew();
    if (service == 0) {
      find_service();
    } else {
      done += (unsigned long)ask_for_sum(done);
    }
  }
  return 0;
}

static void read_options(int count, char** arguments) {
  for (int i = 1; i < count; ++i) {
    const char* const word = arguments[i];
    if (strncmp(word, "--tally=", 8) == 0) options.tally = word + 8;
    options.watches |= strcmp(word, "--watch") == 0;
    options.has_gate |= strcmp(word, "--gate") == 0;
    options.is_oneway |= strcmp(word, "--oneway") == 0;
    is_option(word, "--processes=", &options.processes);
    is_option(word, "--count=", &options.count);
    is_option(word, "--bytes=", &options.bytes);
    is_option(word, "--descriptors=", &options.descriptors);
    is_option(word, "--buffer=", &options.buffer_bytes);
  }
  if (options.bytes > data_bytes_max || options.descriptors > descriptors_max) exit(2);
}

int main(int count, char** arguments) {
  read_options(count, arguments);
  signal(SIGTERM, end_soon);
  struct tally* tallies = map_tallies(options.tally, options.processes);
  if (tallies == NULL) give_up(options.tally);
  for (unsigned long i = 1; i < options.processes; ++i) {
    const pid_t child = fork();
    if (child < 0) give_up("fork");
    if (child > 0) continue;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    return work(tallies + i);
  }
  int worst = work(tallies);
  for (int status = 0; wait(&status) > 0;) {
    if (status != 0) worst = 1;
  }
  return worst;
}
