/* agent_device.c: the fake device as the agent's device (agent/device.h), in the place of a device
 * file: each task of a puppet is a connection, each call a question over it.  For tests only. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/device.h"
#include "conformance/reproduce/fake_device/frames.h"

enum { first_connection = 600 }; /* descriptors below are for cases, and for what they receive */

static char device_path[100];
static pid_t process; /* whose connections these are: not those of who forked it */
static uint32_t main_task;
static uint32_t process_id;
static int visitor = -1; /* connection of the process that no task has */
static _Thread_local uint32_t task_id;
static _Thread_local int connection = -1;
static _Thread_local int is_waiting; /* for an answer */

static void lost(const char* what) {
  perror(what);
  _exit(5);
}

static int connect_to_device(void) {
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  snprintf(to.sun_path, sizeof to.sun_path, "%s.socket", device_path);
  const int low = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  const int made = fcntl(low, F_DUPFD_CLOEXEC, first_connection);
  close(low);
  if (made < 0) lost("fake device: socket");
  if (connect(made, (struct sockaddr*)&to, sizeof to) != 0) lost("fake device: connect");
  return made;
}

/* Puts the descriptors that came where the fake device has said that they are. */
static void place_files(const struct fake_answer* answer, const int* files) {
  for (uint32_t i = 0; i < answer->file_count; ++i) {
    if (dup2(files[i], (int)answer->numbers[i]) < 0) lost("fake device: dup2");
    close(files[i]);
  }
  for (uint32_t i = 0; i < answer->closed_count; ++i) close((int)answer->closed[i]);
}

static struct fake_answer ask_at(int at, const struct fake_request request, int* pool) {
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(fake_files_max * sizeof(int))];
  } control;
  struct fake_answer answer;
  int files[fake_files_max] = {-1};
  struct iovec bytes = {&answer, sizeof answer};
  struct msghdr message = {.msg_iov = &bytes,
                           .msg_iovlen = 1,
                           .msg_control = &control,
                           .msg_controllen = sizeof control};
  is_waiting = 1;
  if (send(at, &request, sizeof request, MSG_NOSIGNAL) != (ssize_t)sizeof request) lost("send");
  while (recvmsg(at, &message, 0) != (ssize_t)sizeof answer) {
    if (errno != EINTR) lost("fake device: no answer");
  }
  is_waiting = 0;
  const struct cmsghdr* const header = CMSG_FIRSTHDR(&message);
  if (header != NULL) memcpy(files, CMSG_DATA(header), header->cmsg_len - CMSG_LEN(0));
  if (request.operation == fake_mmap) {
    *pool = files[0];
  } else {
    place_files(&answer, files);
  }
  return answer;
}

static struct fake_answer ask(enum fake_operation operation, uint64_t first, uint64_t second) {
  return ask_at(connection, (struct fake_request){operation, {first, second, 0}}, NULL);
}

static int64_t ask_as(int at, enum fake_operation operation, uint64_t task) {
  return ask_at(at, (struct fake_request){operation, {task, 0, 0}}, NULL).value;
}

int device_try(const char* path, int* lent) {
  *lent = -1;
  if (access(path, F_OK) != 0) return -errno;
  snprintf(device_path, sizeof device_path, "%s", path);
  return 0;
}

void device_leave(void) {}

int device_open(const char* path) {
  const int opened = open(path, O_RDWR);
  if (opened < 0) return -errno;
  const int64_t value = ask(fake_open, 0, 0).value;
  if (value < 0) close(opened);
  return value < 0 ? (int)value : opened;
}

int device_close(int device) {
  if (device >= 0) close(device);
  return 0;
}

int64_t device_mmap(int device, uint64_t bytes, uint32_t protection, uint32_t flags) {
  (void)device;
  int pool = -1;
  const struct fake_request request = {fake_mmap, {bytes, protection, flags}};
  const struct fake_answer answer = ask_at(connection, request, &pool);
  if (answer.value < 0) return answer.value;
  void* const at = mmap((void*)(uintptr_t)answer.value, (size_t)answer.more, PROT_READ,
                        MAP_SHARED | MAP_FIXED, pool, 0);
  close(pool);
  return at == MAP_FAILED ? -errno : answer.value;
}

int device_munmap(uint64_t address, uint64_t bytes) {
  return munmap((void*)(uintptr_t)address, (size_t)bytes) == 0 ? 0 : -errno;
}

int64_t device_ioctl(int device, uint64_t command, uint64_t argument) {
  (void)device;
  const int64_t value = ask(fake_ioctl, command, argument).value;
  ask(fake_sync, 0, 0);
  return value;
}

/* After an exec the task, its process and its connection are as before. */
static int go_on(void) {
  const char* const words = getenv("FAKE_TASK");
  if (words == NULL ||
      sscanf(words, "%u %u %d %99s", &task_id, &process_id, &connection, device_path) != 4) {
    return 0;
  }
  fcntl(connection, F_SETFD, FD_CLOEXEC);
  unsetenv("FAKE_TASK");
  return 1;
}

/* One more task of the process: made by the main one, then itself. */
static int64_t one_more(int at) {
  ask_as(at, fake_hello, main_task);
  const int64_t made = ask_as(at, fake_thread, 0);
  return made < 0 ? made : ask_as(at, fake_hello, (uint64_t)made);
}

int device_task_begins(void) {
  if (process != getpid()) {
    process = getpid();
    main_task = 0;
    visitor = -1;
    if (go_on()) {
      main_task = task_id;
      return 0;
    }
  }
  const int is_main = main_task == 0;
  connection = connect_to_device();
  if (is_main) {
    const struct fake_answer answer = ask_at(
        connection, (struct fake_request){fake_hello, {task_id, geteuid(), getegid()}}, NULL);
    if (answer.value < 0) return (int)answer.value;
    process_id = (uint32_t)answer.more;
    main_task = task_id = (uint32_t)answer.value;
    return 0;
  }
  const int64_t made = one_more(connection);
  if (made < 0) return (int)made;
  task_id = (uint32_t)made;
  return 0;
}

void device_task_ends(void) {
  /* Where it has slept, no answer comes there any more. */
  const int at = is_waiting ? connect_to_device() : connection;
  if (is_waiting) ask_as(at, fake_hello, task_id);
  ask_as(at, fake_end, 0);
  if (at != connection) close(at);
  close(connection);
}

uint32_t device_task_id(void) { return task_id; }

uint32_t device_process_id(void) { return process_id; }

pid_t device_fork(void) {
  const struct fake_answer child = ask(fake_fork, 0, 0);
  if (child.value < 0) return (pid_t)child.value;
  const pid_t pid = fork();
  if (pid != 0) return pid < 0 ? -errno : pid;
  for (int one = first_connection; one < 1024; ++one) close(one);
  task_id = (uint32_t)child.value;
  return 0;
}

int device_exec(const char* program, char* const arguments[]) {
  char words[200];
  snprintf(words, sizeof words, "%u %u %d %s", task_id, process_id, connection, device_path);
  ask(fake_exec, 0, 0);
  fcntl(connection, F_SETFD, 0);
  if (setenv("FAKE_TASK", words, 1) != 0) lost("setenv");
  execv(program, arguments);
  return -errno;
}

/* A connection that is of no task of the process, but knows which one that is: of a task that has
 * ended. */
void device_catch_up(void) {
  if (visitor < 0) {
    visitor = connect_to_device();
    if (one_more(visitor) < 0) lost("fake device: no place for a visitor");
    ask_as(visitor, fake_end, 0);
  }
  ask_as(visitor, fake_sync, 0);
}

uint32_t device_task_limit(void) { return contract_task_limit; }

const char* device_description(const char* path) {
  (void)path;
  return "fake device\n1";
}
