/* bare_broker.c: what a round trip costs through a broker that does nothing but pass on what it
 * gets, which no broker can do for less: a client, the broker and a service, in three processes.
 *   bare_broker --by=socket|futex [--ms=N] [--bytes=N] [--other-cpu=N]
 * socket: packets over sockets of type SOCK_SEQPACKET, for which the broker waits with epoll.
 * futex:  bytes in memory that all three share, each waits on a futex of its own; the cheapest way
 *         that Linux has, and one where everybody has to trust everybody.
 * Broker and service run on that processor. */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "daemon/client/testing/device_calls.h"
#include "daemon/client/testing/stopwatch.h"

enum { BYTES_MAX = 4096 };
enum side { CLIENT, SERVICE, SIDES };

static struct stopwatch watch;
static char data[BYTES_MAX];

struct way {
  const char* name;
  void (*make)(void);
  /* At a side: the broker gets it, or it is from the broker. */
  void (*put)(enum side side, size_t bytes);
  void (*take)(enum side side, size_t bytes);
  void (*pass_on)(size_t bytes); /* the broker, for ever */
};

/* --- sockets --- */

static int ends[SIDES][2]; /* the side's, the broker's */

static void make_sockets(void) {
  for (int side = 0; side < SIDES; ++side) {
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends[side]) != 0) give_up("socketpair");
  }
}

static void send_all(int socket, size_t bytes) {
  if (send(socket, data, bytes, 0) != (ssize_t)bytes) give_up("send");
}

static void receive_all(int socket, size_t bytes) {
  if (recv(socket, data, sizeof data, 0) != (ssize_t)bytes) give_up("receive");
}

static void put_by_socket(enum side side, size_t bytes) { send_all(ends[side][0], bytes); }
static void take_by_socket(enum side side, size_t bytes) { receive_all(ends[side][0], bytes); }

static void pass_on_by_socket(size_t bytes) {
  const int poll = epoll_create1(0);
  if (poll < 0) give_up("epoll_create1");
  for (uint32_t side = 0; side < SIDES; ++side) {
    struct epoll_event wanted = {.events = EPOLLIN, .data.u32 = side};
    if (epoll_ctl(poll, EPOLL_CTL_ADD, ends[side][1], &wanted) != 0) give_up("epoll_ctl");
  }
  for (;;) {
    struct epoll_event got;
    if (epoll_wait(poll, &got, 1, -1) != 1) give_up("epoll_wait");
    receive_all(ends[got.data.u32][1], bytes);
    send_all(ends[SIDES - 1 - got.data.u32][1], bytes);
  }
}

/* --- futexes --- */

/* What goes one way between a side and the broker; each on cache lines of its own. */
struct lane {
  _Alignas(64) atomic_uint count; /* of what was put there */
  char data[BYTES_MAX];
};

struct shared {
  _Alignas(64) atomic_uint bell; /* for the broker */
  struct lane to_broker[SIDES], from_broker[SIDES];
};

static struct shared* shared;
static unsigned taken; /* by this side */

static void make_shared(void) {
  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) give_up("mmap");
}

static void wait_while(atomic_uint* word, unsigned value) {
  while (atomic_load(word) == value) {
    syscall(SYS_futex, word, FUTEX_WAIT, value, NULL, NULL, 0);
  }
}

static void add_one(atomic_uint* word) {
  atomic_fetch_add(word, 1);
  syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void put_by_futex(enum side side, size_t bytes) {
  struct lane* lane = &shared->to_broker[side];
  memcpy(lane->data, data, bytes);
  atomic_fetch_add(&lane->count, 1);
  add_one(&shared->bell);
}

static void take_by_futex(enum side side, size_t bytes) {
  struct lane* lane = &shared->from_broker[side];
  wait_while(&lane->count, taken++);
  memcpy(data, lane->data, bytes);
}

static void pass_on_by_futex(size_t bytes) {
  unsigned passed[SIDES] = {0};
  for (;;) {
    const unsigned rung = atomic_load(&shared->bell);
    int has_passed = 0;
    for (int side = 0; side < SIDES; ++side) {
      if (atomic_load(&shared->to_broker[side].count) == passed[side]) continue;
      ++passed[side];
      struct lane* to = &shared->from_broker[SIDES - 1 - side];
      memcpy(to->data, shared->to_broker[side].data, bytes);
      add_one(&to->count);
      has_passed = 1;
    }
    if (!has_passed) wait_while(&shared->bell, rung);
  }
}

/* --- */

static const struct way ways[] = {
    {"--by=socket", make_sockets, put_by_socket, take_by_socket, pass_on_by_socket},
    {"--by=futex", make_shared, put_by_futex, take_by_futex, pass_on_by_futex},
};

/* 0 in the child, which ends with its parent. */
static pid_t begin_child(unsigned long cpu) {
  const pid_t child = fork();
  if (child < 0) give_up("fork");
  if (child > 0) return child;
  stay_on(cpu);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  return 0;
}

int main(int count, char** arguments) {
  const struct trip_options options = read_trip_options(count, arguments);
  const size_t bytes = options.bytes;
  const struct way* way = NULL;
  unsigned long cpu = CPU_SETSIZE; /* where they like */
  for (int i = 1; i < count; ++i) {
    is_option(arguments[i], "--other-cpu=", &cpu);
    for (size_t at = 0; at < sizeof ways / sizeof ways[0]; ++at) {
      if (strcmp(arguments[i], ways[at].name) == 0) way = &ways[at];
    }
  }
  if (way == NULL || bytes == 0 || bytes > sizeof data) return 2;
  way->make();
  const pid_t broker = begin_child(cpu);
  if (broker == 0) way->pass_on(bytes);
  const pid_t service = begin_child(cpu);
  while (service == 0) {
    way->take(SERVICE, bytes);
    way->put(SERVICE, bytes);
  }
  while (stopwatch_goes_on(&watch, options.ms)) {
    way->put(CLIENT, bytes);
    way->take(CLIENT, bytes);
  }
  stopwatch_print(&watch);
  int is_well = 1;
  for (int i = 0; i < 2; ++i) { /* who has ended before has given up */
    const pid_t child = i == 0 ? broker : service;
    if (waitpid(child, NULL, WNOHANG) != 0) is_well = 0;
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
  }
  return is_well ? 0 : 1;
}
