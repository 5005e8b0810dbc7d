/* stress.c: many processes and threads at once on /dev/lite_ipc, killed, forked and executed anew
 * at any moment, to find in the module what cases, which go step by step, cannot: missing locks,
 * ends at the wrong moment, room that is lost.
 *
 *     stress [SECONDS] [SEED] [PROCESSES] [failing]
 *
 * Every message carries its code in each byte of its data, and whoever receives one looks whether
 * it still does.  Ends with 0 if all did, and there were any; what the kernel has to say of it is
 * in its log.  With `failing` the processes ask for failing allocations, as far as fault injection
 * is on. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <touchstone/lite_ipc_abi.h>
#include <unistd.h>

#if UINTPTR_MAX == UINT32_MAX
typedef struct touchstone_message32 message;
typedef struct touchstone_content32 content;
typedef struct touchstone_object32 object;
#define SEND_RECEIVE TOUCHSTONE_IPC_SEND_RECV_MSG_32
#else
typedef struct touchstone_message64 message;
typedef struct touchstone_content64 content;
typedef struct touchstone_object64 object;
#define SEND_RECEIVE TOUCHSTONE_IPC_SEND_RECV_MSG_64
#endif

enum { pool_bytes = 65536, data_bytes_max = 3000, kept_max = 8, tasks_max = 256, threads_max = 3 };

/* What all processes see. */
struct board {
  atomic_uint tasks[tasks_max]; /* ids that were seen, some long gone */
  atomic_uint task_count;
  atomic_uint spoilt; /* messages that were not as they were sent */
  atomic_ulong sent, received, rounds;
  atomic_uint seed;
  atomic_uint is_failing;
  double until; /* when all end by themselves, whoever made them */
};

static struct board* board;
static int device;
static atomic_uint unmaps; /* of this process: what a thread looks at may be another pool's */
static _Thread_local unsigned random_state;

static unsigned draw(unsigned below) {
  random_state = random_state * 1103515245u + 12345u;
  return (random_state >> 8) % below;
}

static void seed_thread(void) { random_state = atomic_fetch_add(&board->seed, 7919); }

static void ask_for_failures(void) {
  if (atomic_load(&board->is_failing) == 0) return;
  const int file = open("/proc/self/make-it-fail", O_WRONLY);
  if (file < 0 || write(file, "1", 1) != 1) _exit(3);
  close(file);
}

static double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int call(unsigned long command, const void* argument) {
  return syscall(SYS_ioctl, device, command, argument) < 0 ? -errno : 0;
}

static void* map_pool(void) {
  void* const pool = mmap(NULL, pool_bytes, PROT_READ, MAP_PRIVATE, device, 0);
  return pool == MAP_FAILED ? NULL : pool;
}

static void show_oneself(void) {
  const unsigned place = atomic_fetch_add(&board->task_count, 1) % tasks_max;
  atomic_store(&board->tasks[place], (unsigned)syscall(SYS_gettid));
}

static unsigned someone(void) {
  return draw(4) == 0 ? TOUCHSTONE_CMS_HANDLE : atomic_load(&board->tasks[draw(tasks_max)]);
}

/* --- messages --- */

static int exchange(unsigned flags, const message* out, const void* to_free, message** in) {
  content words;
  memset(&words, 0, sizeof words);
  words.flag = flags;
  words.out_message = (uintptr_t)out;
  words.buffer_to_free = (uintptr_t)to_free;
  const int result = call(SEND_RECEIVE, &words);
  if (in != NULL) *in = result == 0 ? (message*)(uintptr_t)words.in_message : NULL;
  return result;
}

static void put_object(unsigned char* place, unsigned kind, const void* buffer) {
  object one;
  memset(&one, 0, sizeof one);
  one.type = kind;
#if UINTPTR_MAX == UINT32_MAX
  one.first.fd = kind == TOUCHSTONE_OBJ_PTR ? 64 : kind == TOUCHSTONE_OBJ_FD ? 1 : someone();
  one.second.pointer = kind == TOUCHSTONE_OBJ_PTR ? (uint32_t)(uintptr_t)buffer : 1;
#else
  if (kind == TOUCHSTONE_OBJ_PTR) {
    one.first.size = 64;
    one.second.pointer = (uintptr_t)buffer;
  } else {
    one.first.service.handle = kind == TOUCHSTONE_OBJ_FD ? 1 : someone();
    one.first.service.token = 1;
  }
#endif
  if (kind == TOUCHSTONE_OBJ_SVC && draw(2) == 0) {
    const uint32_t self = TOUCHSTONE_SELF_HANDLE;
    memcpy((unsigned char*)&one + (sizeof(void*) == 8 ? 8 : 4), &self, sizeof self);
  }
  memcpy(place, &one, sizeof one);
}

/* Objects stand at the front; the rest of the data is the code. */
static void prepare(message* out, unsigned char* data, uint32_t* offsets) {
  static const unsigned char buffer[64];
  memset(out, 0, sizeof *out);
  out->code = 1 + draw(250);
  out->object_count = draw(3) == 0 ? draw(4) : 0;
  out->data_size = out->object_count * (unsigned)sizeof(object) + draw(data_bytes_max);
  memset(data, (int)out->code, out->data_size);
  for (unsigned i = 0; i < out->object_count; ++i) {
    offsets[i] = i * (unsigned)sizeof(object);
    put_object(data + offsets[i], draw(20) == 0 ? 9 : draw(3), draw(20) == 0 ? NULL : buffer);
  }
  out->data = (uintptr_t)data;
  out->offsets = (uintptr_t)offsets;
}

/* Descriptors that came along are closed, buffers given back. */
static void look_at_objects(const message* in) {
  for (unsigned i = 0; i < in->object_count; ++i) {
    object one;
    memcpy(&one, (unsigned char*)(uintptr_t)in->data + i * sizeof one, sizeof one);
    const void* buffer = NULL;
#if UINTPTR_MAX == UINT32_MAX
    if (one.type == TOUCHSTONE_OBJ_PTR) buffer = (void*)(uintptr_t)one.second.pointer;
#else
    if (one.type == TOUCHSTONE_OBJ_PTR) buffer = (void*)(uintptr_t)one.second.pointer;
#endif
    if (one.type == TOUCHSTONE_OBJ_FD && one.first.fd > 2) close((int)one.first.fd);
    if (buffer != NULL && draw(8) != 0) exchange(TOUCHSTONE_BUFF_FREE, NULL, buffer, NULL);
  }
}

/* Another thread may have unmapped the pool: then the process is killed, as any that reads what it
 * has unmapped. */
static void look_at(const message* in) {
  const unsigned char* const data = (unsigned char*)(uintptr_t)in->data;
  atomic_fetch_add(&board->received, 1);
  for (unsigned i = in->object_count * (unsigned)sizeof(object); i < in->data_size; ++i) {
    if (data[i] == (unsigned char)in->code) continue;
    if (atomic_load(&unmaps) == 0) atomic_fetch_add(&board->spoilt, 1);
    break;
  }
  look_at_objects(in);
}

static void answer(const message* in) {
  message out;
  unsigned char data[data_bytes_max + 4 * sizeof(object)];
  uint32_t offsets[4];
  prepare(&out, data, offsets);
  out.type = draw(10) == 0 ? TOUCHSTONE_MT_FAILED_REPLY : TOUCHSTONE_MT_REPLY;
  out.target_handle = in->task_id;
  out.timestamp = in->timestamp;
  exchange(TOUCHSTONE_SEND | TOUCHSTONE_BUFF_FREE, &out, in, NULL);
}

/* --- the service manager --- */

/* Without it nobody gets anywhere: what fails for want of memory is done again. */
static void become_manager(void) {
  void* pool = NULL;
  do device = open("/dev/lite_ipc", O_RDWR);
  while (device < 0 && errno == ENOMEM);
  do pool = map_pool();
  while (pool == NULL && errno == ENOMEM);
  int error = pool == NULL ? -errno : -ENOMEM;
  while (error == -ENOMEM) error = call(TOUCHSTONE_IPC_SET_CMS, (void*)(uintptr_t)16384);
  if (error != 0) _exit(3);
}

static _Noreturn void manage(void) {
  message* in;
  seed_thread();
  become_manager();
  call(TOUCHSTONE_IPC_SET_IPC_THREAD, NULL);
  ask_for_failures();
  for (;;) {
    if (exchange(TOUCHSTONE_RECV, NULL, NULL, &in) != 0) continue;
    look_at(in);
    struct touchstone_cms_command command = {draw(4), in->task_id, 0};
    if (command.command == TOUCHSTONE_CMS_ADD_ACCESS) command.service = someone();
    call(TOUCHSTONE_IPC_CMS_CMD, &command);
    if (in->type == TOUCHSTONE_MT_REQUEST && draw(4) != 0) answer(in);
    exchange(TOUCHSTONE_BUFF_FREE, NULL, in, NULL);
  }
}

/* --- processes that do anything --- */

static char program[] = "/proc/self/exe";

static void* live(void* pool);

static void send_something(message** in) {
  message out;
  unsigned char data[data_bytes_max + 4 * sizeof(object)];
  uint32_t offsets[4];
  prepare(&out, data, offsets);
  out.target_handle = someone();
  const unsigned waits = out.target_handle == TOUCHSTONE_CMS_HANDLE && draw(3) == 0;
  if (draw(30) == 0) out.data = 0x01000010;
  const int result = exchange(TOUCHSTONE_SEND | waits * TOUCHSTONE_RECV, &out, NULL, in);
  if (result == 0) atomic_fetch_add(&board->sent, 1);
}

/* What comes from oneself ends the receive. */
static void receive_something(message** in) {
  message out;
  memset(&out, 0, sizeof out);
  out.target_handle = (unsigned)syscall(SYS_gettid);
  if (exchange(TOUCHSTONE_SEND, &out, NULL, NULL) != 0) return;
  exchange(TOUCHSTONE_RECV, NULL, NULL, in);
}

static void be_born(void* pool) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, live, pool) == 0) pthread_detach(thread);
}

static void change_the_process(void** pool) {
  switch (draw(12)) {
    case 0:
      atomic_fetch_add(&unmaps, 1);
      munmap(*pool, pool_bytes);
      *pool = map_pool();
      break;
    case 1: close(open("/dev/lite_ipc", O_RDWR)); break;
    case 2: call(TOUCHSTONE_IPC_SET_IPC_THREAD, NULL); break;
    case 3: execl(program, program, "--live", NULL); break;
    case 4:
      if (draw(2) == 0 || fork() != 0) break; /* fewer are born than end */
      execl(program, program, "--live", NULL);
      _exit(3); /* it would live without an alarm */
    case 5: _exit(0);
    case 6: mprotect(*pool, pool_bytes, PROT_READ | PROT_WRITE); break;
    case 7: munmap(*pool, 4096); break;
    default: break;
  }
}

static void* live(void* pool) {
  message* kept[kept_max] = {NULL};
  seed_thread();
  show_oneself();
  for (;;) {
    message* in = NULL;
    message** const place = &kept[draw(kept_max)];
    atomic_fetch_add(&board->rounds, 1);
    if (draw(3) == 0) {
      receive_something(&in);
    } else {
      send_something(&in);
    }
    if (in != NULL) {
      look_at(in);
      if (*place != NULL) exchange(TOUCHSTONE_BUFF_FREE, NULL, *place, NULL);
      *place = in;
      if (in->type == TOUCHSTONE_MT_REQUEST && draw(2) == 0) {
        answer(in); /* gives it back: what lies there may be another thread's */
        *place = NULL;
      }
    }
    if (draw(400) == 0) change_the_process(&pool);
    if (draw(500) == 0) {
      be_born(pool);
      return NULL;
    }
  }
}

static _Noreturn void be_worker(void) {
  const double seconds_left = board->until - seconds_now();
  if (seconds_left <= 0) _exit(0);
  alarm(1 + (unsigned)seconds_left);
  signal(SIGCHLD, SIG_IGN);
  seed_thread();
  ask_for_failures();
  device = open("/dev/lite_ipc", O_RDWR);
  void* const pool = device < 0 ? NULL : map_pool();
  if (pool == NULL) _exit(3);
  for (int i = 1; i < threads_max; ++i) be_born(pool);
  live(pool);
  pthread_exit(NULL);
}

/* --- who starts and kills them --- */

static void read_all(const char* path) {
  char text[4096];
  const int file = open(path, O_RDONLY);
  while (file >= 0 && read(file, text, sizeof text) > 0) {
  }
  if (file >= 0) close(file);
}

static pid_t start(int is_manager) {
  const pid_t child = fork();
  if (child != 0) return child;
  if (is_manager) manage();
  execl(program, program, "--live", NULL);
  _exit(3);
}

/* One that could not be made has no number, and -1 is everybody's. */
static void end(pid_t child) {
  if (child > 0) kill(child, SIGKILL);
}

static void disturb(pid_t* children, int count) {
  const int victim = 1 + (int)draw((unsigned)count);
  end(children[victim]);
  if (children[victim] > 0) waitpid(children[victim], NULL, 0);
  children[victim] = start(0);
  if (draw(8) != 0) return;
  read_all("/sys/kernel/debug/lite_ipc/services");
  read_all("/sys/kernel/debug/lite_ipc/queues");
  read_all("/sys/kernel/debug/lite_ipc/pools");
}

static int find_board(int file) {
  board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  return board != MAP_FAILED;
}

enum { board_file = 100, processes_max = 64 };

int main(int argc, char** argv) {
  pid_t children[processes_max + 1];
  if (argc == 2 && strcmp(argv[1], "--live") == 0) {
    if (!find_board(board_file)) return 3;
    be_worker();
  }
  const double seconds = argc > 1 ? atof(argv[1]) : 10;
  const int count = argc > 3 ? atoi(argv[3]) : 6;
  const int file = (int)syscall(SYS_memfd_create, "stress", 0u);
  if (count < 1 || count > processes_max || file < 0) return 2;
  if (dup2(file, board_file) < 0 || ftruncate(file, sizeof *board) != 0) return 3;
  if (!find_board(file)) return 3;
  atomic_store(&board->seed, argc > 2 ? (unsigned)atoi(argv[2]) : 1u);
  atomic_store(&board->is_failing, argc > 4 && strcmp(argv[4], "failing") == 0);
  seed_thread();
  board->until = seconds_now() + seconds;
  do children[0] = start(1);
  while (children[0] < 0);
  for (int i = 1; i <= count; ++i) children[i] = start(0);
  while (seconds_now() < board->until) {
    const struct timespec pause = {0, 1000000 * (long)(1 + draw(30))};
    ppoll(NULL, 0, &pause, NULL);
    disturb(children, count);
  }
  for (int i = 0; i <= count; ++i) end(children[i]);
  while (waitpid(-1, NULL, 0) > 0) {
  }
  printf("stress: %lu rounds, %lu sent, %lu received, %u spoilt\n", atomic_load(&board->rounds),
         atomic_load(&board->sent), atomic_load(&board->received), atomic_load(&board->spoilt));
  if (atomic_load(&board->received) == 0) printf("stress: nothing came to anybody\n");
  return atomic_load(&board->spoilt) == 0 && atomic_load(&board->received) > 0 ? 0 : 1;
}
