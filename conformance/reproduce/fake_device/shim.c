/* shim.c: preloaded into a program, makes the file named by $FAKE_LITE_IPC a LiteIPC device: each
 * call on it is asked of the fake device, which listens beside the file.  Time that the program
 * lets pass with poll() passes there at once.  For tests only. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "conformance/reproduce/fake_device/frames.h"

static const char* path;
static struct stat device;
static char is_link[1024]; /* descriptors of connections, which a child closes */
static pthread_mutex_t files_lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t advanced_ns;
static uint32_t process_id;
static _Thread_local uint32_t task_id;
static _Thread_local int connection = -1;

/* What the program would have called. */
#define REAL(name)                       \
  __typeof__(name)* real_##name;         \
  void* found = dlsym(RTLD_NEXT, #name); \
  memcpy(&real_##name, &found, sizeof found)

/* After an exec the task, its process and its connection are as before. */
__attribute__((constructor)) static void begin(void) {
  const char* task = getenv("FAKE_TASK");
  path = getenv("FAKE_LITE_IPC");
  if (path == NULL || stat(path, &device) != 0) path = "";
  if (task == NULL || sscanf(task, "%u %u %d", &task_id, &process_id, &connection) != 3) return;
  is_link[connection] = 1;
}

static void lost(const char* what) {
  perror(what);
  _exit(5);
}

static void connect_to_device(void) {
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  snprintf(to.sun_path, sizeof to.sun_path, "%s.socket", path);
  connection = socket(AF_UNIX, SOCK_SEQPACKET, 0);
  if (connection < 0 || connection >= (int)sizeof is_link) lost("fake device: socket");
  is_link[connection] = 1;
  if (connect(connection, (struct sockaddr*)&to, sizeof to) != 0) lost("fake device: connect");
}

/* Puts the descriptors that came where the fake device has said that they are. */
static void place_files(const struct fake_answer* answer, const int* files) {
  for (uint32_t i = 0; i < answer->file_count; ++i) {
    if (dup2(files[i], (int)answer->numbers[i]) < 0) lost("fake device: dup2");
    close(files[i]);
  }
  for (uint32_t i = 0; i < answer->closed_count; ++i) close((int)answer->closed[i]);
}

static struct fake_answer ask(enum fake_operation operation, uint64_t first, uint64_t second,
                              uint64_t third, int* pool) {
  const struct fake_request request = {operation, {first, second, third}};
  struct fake_answer answer;
  char control[CMSG_SPACE(fake_files_max * sizeof(int))];
  int files[fake_files_max] = {-1};
  struct iovec bytes = {&answer, sizeof answer};
  struct msghdr message = {
      .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  if (connection < 0) connect_to_device();
  if (send(connection, &request, sizeof request, MSG_NOSIGNAL) != sizeof request) lost("send");
  while (recvmsg(connection, &message, 0) != sizeof answer) {
    if (errno != EINTR) lost("fake device: no answer");
  }
  const struct cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header != NULL) memcpy(files, CMSG_DATA(header), header->cmsg_len - CMSG_LEN(0));
  if (operation == fake_mmap) {
    *pool = files[0];
  } else {
    place_files(&answer, files);
  }
  return answer;
}

static void be_a_task(void) {
  if (task_id != 0 && connection >= 0) return;
  const struct fake_answer answer = ask(fake_hello, task_id, geteuid(), getegid(), NULL);
  if (answer.value < 0) lost("fake device: no place for a task");
  task_id = (uint32_t)answer.value;
  process_id = (uint32_t)answer.more;
}

static long result(int64_t value) {
  if (value >= 0) return (long)value;
  errno = (int)-value;
  return -1;
}

static int is_device(int descriptor) {
  struct stat one;
  REAL(fstat);
  return descriptor >= 0 && *path != '\0' && real_fstat(descriptor, &one) == 0 &&
         one.st_ino == device.st_ino && one.st_dev == device.st_dev;
}

pid_t gettid(void) {
  be_a_task();
  return (pid_t)task_id;
}

pid_t getpid(void) {
  be_a_task();
  return (pid_t)process_id;
}

int open(const char* name, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const int mode = (flags & O_CREAT) != 0 ? va_arg(arguments, int) : 0;
  va_end(arguments);
  const int opened = (int)syscall(SYS_openat, AT_FDCWD, name, flags, mode);
  if (opened < 0 || strcmp(name, path) != 0) return opened;
  be_a_task();
  const int64_t value = ask(fake_open, 0, 0, 0, NULL).value;
  if (value < 0) close(opened);
  return value < 0 ? (int)result(value) : opened;
}

void* mmap(void* address, size_t bytes, int protection, int flags, int file, off_t offset) {
  REAL(mmap);
  if (!is_device(file)) return real_mmap(address, bytes, protection, flags, file, offset);
  be_a_task();
  int pool = -1;
  const struct fake_answer answer =
      ask(fake_mmap, bytes, (uint64_t)protection, (uint64_t)flags, &pool);
  if (answer.value < 0) return (void*)result(answer.value);
  void* at = real_mmap((void*)(uintptr_t)answer.value, (size_t)answer.more, PROT_READ,
                       MAP_SHARED | MAP_FIXED, pool, 0);
  close(pool);
  return at;
}

/* Descriptors that were sent to the process are there once this is over. */
static void sync_files(void) {
  pthread_mutex_lock(&files_lock);
  ask(fake_sync, 0, 0, 0, NULL);
  pthread_mutex_unlock(&files_lock);
}

int ioctl(int file, unsigned long word, ...) {
  va_list arguments;
  va_start(arguments, word);
  void* argument = va_arg(arguments, void*);
  va_end(arguments);
  if (!is_device(file)) return (int)syscall(SYS_ioctl, file, word, argument);
  be_a_task();
  const int64_t value = ask(fake_ioctl, word, (uintptr_t)argument, 0, NULL).value;
  sync_files();
  return (int)result(value);
}

int fstat(int file, struct stat* about) {
  REAL(fstat);
  if (task_id != 0) sync_files();
  pthread_mutex_lock(&files_lock);
  const int done = real_fstat(file, about);
  pthread_mutex_unlock(&files_lock);
  return done;
}

int poll(struct pollfd* files, nfds_t count, int ms) {
  REAL(poll);
  if (count > 0 || *path == '\0') return real_poll(files, count, ms);
  advanced_ns += (uint64_t)ms * 1000000;
  ask(fake_advance, (uint64_t)ms * 1000000, 0, 0, NULL);
  return 0;
}

int clock_gettime(clockid_t clock, struct timespec* now) {
  const int done = (int)syscall(SYS_clock_gettime, clock, now);
  if (clock != CLOCK_MONOTONIC) return done;
  const uint64_t ns = (uint64_t)now->tv_nsec + advanced_ns;
  now->tv_sec += (time_t)(ns / 1000000000);
  now->tv_nsec = (long)(ns % 1000000000);
  return done;
}

int execv(const char* name, char* const arguments[]) {
  char task[64];
  REAL(execv);
  snprintf(task, sizeof task, "%u %u %d", task_id, process_id, connection);
  ask(fake_exec, 0, 0, 0, NULL);
  if (setenv("FAKE_TASK", task, 1) != 0) lost("setenv");
  return real_execv(name, arguments);
}

/* Ids are the fake device's to give. */
FILE* fopen(const char* name, const char* mode) {
  REAL(fopen);
  return strstr(name, "ns_last_pid") != NULL ? NULL : real_fopen(name, mode);
}

pid_t fork(void) {
  struct fake_answer child = {0};
  REAL(fork);
  if (task_id != 0) {
    child = ask(fake_fork, 0, 0, 0, NULL);
    if (child.value < 0) return (pid_t)result(child.value);
  }
  const pid_t pid = real_fork();
  if (pid != 0) return pid;
  for (int file = 0; file < (int)sizeof is_link; ++file) {
    if (is_link[file]) close(file);
    is_link[file] = 0;
  }
  connection = -1;
  pthread_mutex_init(&files_lock, NULL);
  task_id = (uint32_t)child.value;
  if (task_id != 0) be_a_task();
  return 0;
}

struct start {
  void* (*routine)(void*);
  void* argument;
  uint32_t task;
};

static void* live(void* given) {
  const struct start start = *(struct start*)given;
  free(given);
  task_id = start.task;
  if (task_id != 0) be_a_task();
  void* value = start.routine(start.argument);
  if (task_id == 0) return value;
  ask(fake_end, 0, 0, 0, NULL);
  is_link[connection] = 0;
  close(connection);
  return value;
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*routine)(void*),
                   void* argument) {
  struct fake_answer made = {0};
  REAL(pthread_create);
  if (task_id != 0) made = ask(fake_thread, 0, 0, 0, NULL);
  if (made.value < 0) return (int)-made.value;
  struct start* start = malloc(sizeof *start);
  if (start == NULL) return EAGAIN;
  *start = (struct start){routine, argument, (uint32_t)made.value};
  return real_pthread_create(thread, attributes, live, start);
}
