/* speed.c: requests and replies between two processes, by /dev/lite_ipc and by what else the kernel
 * has for that: Android's binder, Unix sockets, pipes; and by a driver that does nothing else
 * (bare/).
 *
 *     speed [ROUNDS] [REPEATS]
 *
 * Prints a line for each measurement: what, how many bytes, on how many CPUs, how many pairs of
 * processes, nanoseconds of a round trip, and round trips a second of all pairs.  All ways take
 * turns, REPEATS times; the line has the median of the repeats.  A clock is read at the beginning
 * and at the end alone: in an emulated machine that takes as long as a call.  Ends with 0 if all
 * that this kernel has was measured, 1 if something did not work. */
#define _GNU_SOURCE
#include "speed.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { rounds_max = 1000000, repeats_max = 15 };

struct board* board;

void fail(const char* what) {
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

uint32_t await(atomic_uint* number) {
  uint32_t there;
  while ((there = atomic_load(number)) == 0) {
    syscall(SYS_futex, number, /* FUTEX_WAIT */ 0, 0, NULL, NULL, 0);
  }
  return there;
}

void tell(atomic_uint* number, uint32_t value) {
  atomic_store(number, value);
  syscall(SYS_futex, number, /* FUTEX_WAKE */ 1, INT32_MAX, NULL, NULL, 0);
}

/* --- measurements --- */

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
    is_there[way] = access(ways[way].device, F_OK) == 0 && row->bytes <= ways[way].bytes_max &&
                    (row->pairs == 1 || has_pairs(&ways[way]));
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
