/* speed.c: requests and replies between two processes, by /dev/lite_ipc and by what else the kernel
 * has for that: Android's binder, Unix sockets, pipes.
 *
 *     speed [ROUNDS] [REPEATS]
 *
 * Prints a line for each measurement: what, how many bytes, on how many CPUs, how many pairs of
 * processes, nanoseconds of a round trip, and round trips a second of all pairs.  All ways take
 * turns, REPEATS times; the line has the median of the repeats.  A clock is read at the beginning
 * and at the end alone: in an emulated machine that takes as long as a call.  Ends with 0 if all
 * that this kernel has was measured, 1 if something did not work. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/android/binder.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <touchstone/lite_ipc_abi.h>
#include <unistd.h>

enum {
  small_bytes = 64,
  large_bytes = 65536,
  pairs_max = 4,
  rounds_max = 1000000,
  repeats_max = 15,
  binder_map_bytes = 1 << 20
};

/* What all processes of a measurement see. */
struct board {
  atomic_uint task_of_service[pairs_max];
  atomic_uint task_of_client[pairs_max];
  atomic_uint is_managed;
  atomic_uint may_begin;
  uint32_t rounds;
  uint64_t begun[pairs_max], ended[pairs_max];
};

static struct board* board;
static unsigned char payload[large_bytes];

static void fail(const char* what) {
  fprintf(stderr, "speed: %s: %s\n", what, strerror(errno));
  _exit(1);
}

static uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void stay_on(int cpu) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(cpu, &cpus);
  if (sched_setaffinity(0, sizeof cpus, &cpus) != 0) fail("sched_setaffinity");
}

/* Until the other side has written a number there; it is about to. */
static uint32_t await(atomic_uint* number) {
  uint32_t there;
  while ((there = atomic_load(number)) == 0) {
    syscall(SYS_futex, number, /* FUTEX_WAIT */ 0, 0, NULL, NULL, 0);
  }
  return there;
}

static void tell(atomic_uint* number, uint32_t value) {
  atomic_store(number, value);
  syscall(SYS_futex, number, /* FUTEX_WAKE */ 1, INT32_MAX, NULL, NULL, 0);
}

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

/* --- measurements --- */

struct way {
  const char* name;
  const char* device; /* without it this kernel does not have it */
  void (*make)(unsigned pair);
  void (*drop)(unsigned pair);
  void (*manage)(unsigned pairs); /* in a process of its own */
  void (*serve)(unsigned pair, size_t bytes);
  void (*open_client)(unsigned pair);
  void (*call)(unsigned pair, size_t bytes);
};

static const struct way ways[] = {
    {"lite_ipc", "/dev/lite_ipc", make_nothing, make_nothing, lite_ipc_manage, lite_ipc_serve,
     lite_ipc_open_client, lite_ipc_call},
    {"binder", "/dev/binder", make_nothing, make_nothing, manage_nothing, binder_serve,
     binder_open_client, binder_call},
    {"seqpacket", "/dev/null", make_sockets, close_streams, manage_nothing, stream_serve,
     stream_open_client, stream_call},
    {"pipe", "/dev/null", make_pipes, close_streams, manage_nothing, stream_serve,
     stream_open_client, stream_call},
};
enum { way_count = sizeof ways / sizeof ways[0] };

static void be_client(const struct way* way, unsigned pair, size_t bytes) {
  await(&board->task_of_service[pair]);
  way->open_client(pair);
  await(&board->may_begin);
  for (uint32_t i = 0; i < board->rounds / 10; ++i) way->call(pair, bytes);
  board->begun[pair] = now_ns();
  for (uint32_t i = 0; i < board->rounds; ++i) way->call(pair, bytes);
  board->ended[pair] = now_ns();
  _exit(0);
}

static pid_t begin_child(int cpu) {
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) fail("fork");
  if (child > 0) return child;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  stay_on(cpu);
  return 0;
}

static int compare(const void* left, const void* right) {
  const uint32_t a = *(const uint32_t*)left, b = *(const uint32_t*)right;
  return (a > b) - (a < b);
}

struct result {
  uint32_t nanoseconds, per_second;
};

static struct result result_of(unsigned pairs) {
  uint64_t begun = board->begun[0], ended = board->ended[0];
  for (unsigned pair = 1; pair < pairs; ++pair) {
    if (board->begun[pair] < begun) begun = board->begun[pair];
    if (board->ended[pair] > ended) ended = board->ended[pair];
  }
  const uint64_t trips = (uint64_t)pairs * board->rounds;
  const uint64_t first = board->ended[0] - board->begun[0];
  return (struct result){.nanoseconds = (uint32_t)(first / board->rounds),
                         .per_second = (uint32_t)(trips * 1000000000u / (ended - begun))};
}

static struct result measure(const struct way* way, size_t bytes, int cpus, unsigned pairs) {
  pid_t services[pairs_max], clients[pairs_max];
  const uint32_t rounds = board->rounds;
  memset(board, 0, sizeof *board);
  board->rounds = rounds;
  for (unsigned pair = 0; pair < pairs; ++pair) {
    way->make(pair);
    services[pair] = begin_child((int)(pair + 1) % cpus);
    if (services[pair] == 0) {
      await(&board->is_managed);
      way->serve(pair, bytes);
      _exit(1);
    }
    clients[pair] = begin_child((int)pair % cpus);
    if (clients[pair] == 0) be_client(way, pair, bytes);
  }
  const pid_t manager = begin_child(0);
  if (manager == 0) {
    way->manage(pairs);
    for (unsigned pair = 0; pair < pairs; ++pair) await(&board->task_of_client[pair]);
    tell(&board->may_begin, 1);
    for (;;) pause();
  }
  int is_good = 1;
  for (unsigned done = 0; done < pairs && is_good; ++done) { /* nobody else ends by himself */
    int status;
    if (waitpid(-1, &status, 0) < 0 || status != 0) is_good = 0;
  }
  for (unsigned pair = 0; pair < pairs && !is_good; ++pair) kill(clients[pair], SIGKILL);
  kill(manager, SIGKILL);
  waitpid(manager, NULL, 0);
  for (unsigned pair = 0; pair < pairs; ++pair) {
    kill(services[pair], SIGKILL);
    waitpid(services[pair], NULL, 0);
    way->drop(pair);
  }
  if (!is_good) exit(1);
  return result_of(pairs);
}

struct row {
  size_t bytes;
  int cpus;
  unsigned pairs;
};

static const struct row rows[] = {{small_bytes, 1, 1}, {small_bytes, 2, 1}, {large_bytes, 1, 1},
                                  {large_bytes, 2, 1}, {small_bytes, 2, 2}, {small_bytes, 2, 4}};
enum { row_count = sizeof rows / sizeof rows[0] };

static uint32_t median_of(uint32_t* numbers, int count) {
  qsort(numbers, (size_t)count, sizeof *numbers, compare);
  return numbers[count / 2];
}

static void print_row(const struct row* row, uint32_t rounds, int repeats) {
  uint32_t nanoseconds[way_count][repeats_max], per_second[way_count][repeats_max];
  int is_there[way_count];
  board->rounds = row->bytes == large_bytes ? rounds / 10 : rounds / row->pairs;
  for (int way = 0; way < way_count; ++way) {
    /* Of binder there is one service only: its context manager. */
    const int has_pairs = ways[way].make != make_nothing || ways[way].manage != manage_nothing;
    is_there[way] = access(ways[way].device, F_OK) == 0 && (row->pairs == 1 || has_pairs);
  }
  for (int repeat = 0; repeat < repeats; ++repeat) {
    for (int way = 0; way < way_count; ++way) {
      if (!is_there[way]) continue;
      const struct result one = measure(&ways[way], row->bytes, row->cpus, row->pairs);
      nanoseconds[way][repeat] = one.nanoseconds;
      per_second[way][repeat] = one.per_second;
    }
  }
  for (int way = 0; way < way_count; ++way) {
    if (!is_there[way]) continue;
    printf("%s\t%zu\t%d\t%u\t%u\t%u\n", ways[way].name, row->bytes, row->cpus, row->pairs,
           median_of(nanoseconds[way], repeats), median_of(per_second[way], repeats));
    fflush(stdout);
  }
}

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? atoi(argv[1]) : 2000;
  const int repeats = argc > 2 ? atoi(argv[2]) : 5;
  if (rounds < 100 || rounds > rounds_max || repeats < 1 || repeats > repeats_max) {
    fprintf(stderr, "usage: speed [ROUNDS, 100 to %d] [REPEATS, 1 to %d]\n", rounds_max,
            repeats_max);
    return 2;
  }
  board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (board == MAP_FAILED) fail("memory");
  printf("way\tbytes\tcpus\tpairs\tnanoseconds\tper_second\n");
  for (int row = 0; row < row_count; ++row) print_row(&rows[row], (uint32_t)rounds, repeats);
  return 0;
}
