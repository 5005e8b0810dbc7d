#define _GNU_SOURCE
#include "agent/device.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <touchstone/lite_ipc_abi.h>
#include <unistd.h>

static int or_errno(long result) { return result < 0 ? -errno : (int)result; }

/* --- a descriptor that another process has opened --- */

union control {
  struct cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int))];
};

static int send_descriptor(int socket, int descriptor, int trouble) {
  union control control = {.bytes = {0}};
  struct iovec bytes = {&trouble, sizeof trouble};
  struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1};
  if (trouble == 0) {
    message.msg_control = &control;
    message.msg_controllen = sizeof control;
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(sizeof descriptor);
    memcpy(CMSG_DATA(&control.header), &descriptor, sizeof descriptor);
  }
  return sendmsg(socket, &message, MSG_NOSIGNAL) == (ssize_t)sizeof trouble;
}

static int receive_descriptor(int socket, int* descriptor) {
  union control control = {.bytes = {0}};
  int trouble = -EIO;
  struct iovec bytes = {&trouble, sizeof trouble};
  struct msghdr message = {.msg_iov = &bytes,
                           .msg_iovlen = 1,
                           .msg_control = &control,
                           .msg_controllen = sizeof control};
  if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != (ssize_t)sizeof trouble) return -EIO;
  if (trouble == 0) memcpy(descriptor, CMSG_DATA(&control.header), sizeof *descriptor);
  return trouble;
}

/* Whether it is a LiteIPC device is seen by a process that has not mapped: it cannot be answered,
 * but not with ENOTTY either. */
static int try_here(const char* path, int* device) {
  *device = open(path, O_RDWR);
  if (*device < 0) return -errno;
  uint32_t version = 0;
  const long got = syscall(SYS_ioctl, *device, TOUCHSTONE_IPC_GET_VERSION, &version);
  return got < 0 && errno == ENOTTY ? -ENOTTY : 0;
}

/* It stays as long as the instance: a kernel that begins anew when nobody is left who uses the
 * device does not do so in the middle of a case. */
static pid_t opener;

int device_try(const char* path, int* lent) {
  int ends[2];
  *lent = -1;
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return -errno;
  const pid_t agent = getpid();
  opener = fork();
  if (opener == 0) {
    int device = -1;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int trouble = getppid() == agent ? try_here(path, &device) : -EIO;
    if (!send_descriptor(ends[1], device, trouble)) _exit(1);
    for (;;) pause();
  }
  close(ends[1]);
  const int trouble = opener < 0 ? -EAGAIN : receive_descriptor(ends[0], lent);
  close(ends[0]);
  if (trouble != 0) device_leave();
  return trouble;
}

void device_leave(void) {
  if (opener <= 0) return;
  kill(opener, SIGKILL);
  waitpid(opener, NULL, 0);
  opener = 0;
}

/* --- calls --- */

int device_open(const char* path) { return or_errno(open(path, O_RDWR)); }

int device_close(int device) { return or_errno(close(device)); }

int64_t device_mmap(int device, uint64_t bytes, uint32_t protection, uint32_t flags) {
  if (bytes > SIZE_MAX) return -ENOMEM;
  void* at = mmap(NULL, (size_t)bytes, (int)protection, (int)flags, device, 0);
  return at == MAP_FAILED ? -errno : (int64_t)(uintptr_t)at;
}

int device_munmap(uint64_t address, uint64_t bytes) {
  return or_errno(munmap((void*)(uintptr_t)address, (size_t)bytes));
}

/* The system call itself: libraries differ in the type of a command word. */
int64_t device_ioctl(int device, uint64_t command, uint64_t argument) {
  return or_errno(syscall(SYS_ioctl, device, (unsigned long)command, (uintptr_t)argument));
}

/* --- tasks and processes: the kernel knows them without being told --- */

int device_task_begins(void) { return 0; }

void device_task_ends(void) {}

uint32_t device_task_id(void) { return (uint32_t)syscall(SYS_gettid); }

uint32_t device_process_id(void) { return (uint32_t)getpid(); }

pid_t device_fork(void) { return or_errno(fork()); }

int device_exec(const char* program, char* const arguments[]) {
  return or_errno(execv(program, arguments));
}

void device_catch_up(void) {}

/* That of a kernel that says how many there are, as Linux does, or the contract's. */
uint32_t device_task_limit(void) {
  unsigned long count = contract_task_limit;
  FILE* const file = fopen("/proc/sys/kernel/pid_max", "r");
  if (file == NULL) return contract_task_limit;
  if (fscanf(file, "%lu", &count) != 1 || count < task_limit_min) count = contract_task_limit;
  fclose(file);
  return count > task_limit_max ? task_limit_max : (uint32_t)count;
}

const char* device_description(const char* path) {
  static char text[256];
  struct utsname kernel;
  if (uname(&kernel) != 0) memset(&kernel, 0, sizeof kernel);
  snprintf(text, sizeof text, "%.64s\n%.64s %.64s", path, kernel.sysname, kernel.release);
  return text;
}
