/* A device that is nothing but this process: for tests of the agent where there is no LiteIPC, as
 * under an emulator of another processor.  What sleeps does so in a pipe that all puppets share. */
#define _GNU_SOURCE
#include "agent/test_device/test_device.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "agent/device.h"

enum { first_descriptor = 400 };

/* What is common to all processes of the instance, and outlives an exec by its number. */
static int wakes[2] = {-1, -1};

int device_try(const char* path, int* lent) {
  (void)path;
  *lent = -1;
  int ends[2];
  if (pipe(ends) != 0) return -errno;
  for (int i = 0; i < 2; ++i) {
    wakes[i] = fcntl(ends[i], F_DUPFD, first_descriptor + i);
    close(ends[i]);
  }
  return wakes[0] < 0 || wakes[1] < 0 ? -EMFILE : 0;
}

void device_leave(void) {}

int device_open(const char* path) {
  (void)path;
  const int opened = open("/dev/null", O_RDWR);
  return opened < 0 ? -errno : opened;
}

int device_close(int device) { return close(device) == 0 ? 0 : -errno; }

int64_t device_mmap(int device, uint64_t bytes, uint32_t protection, uint32_t flags) {
  (void)device;
  if (bytes == 0 || bytes > 1048576) return -EINVAL;
  void* const at = mmap(NULL, (size_t)bytes, (int)protection, (int)(flags | MAP_ANONYMOUS), -1, 0);
  return at == MAP_FAILED ? -errno : (int64_t)(uintptr_t)at;
}

int device_munmap(uint64_t address, uint64_t bytes) {
  return munmap((void*)(uintptr_t)address, (size_t)bytes) == 0 ? 0 : -errno;
}

static uint64_t spent_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void work(uint64_t ms) {
  const uint64_t until = spent_ns() + ms * 1000000u;
  while (spent_ns() < until) {
  }
}

static int64_t wake(uint64_t value) {
  return write(wakes[1], &value, sizeof value) < 0 ? -errno : 0;
}

static int64_t sleep_until_woken(void) {
  uint64_t value = 0;
  return read(wakes[0], &value, sizeof value) < 0 ? -errno : (int64_t)value;
}

static int64_t fault_late(int ms) {
  sigset_t fault;
  sigemptyset(&fault);
  sigaddset(&fault, SIGSEGV);
  signal(SIGSEGV, SIG_DFL);
  pthread_sigmask(SIG_BLOCK, &fault, NULL);
  raise(SIGSEGV);
  poll(NULL, 0, ms);
  pthread_sigmask(SIG_UNBLOCK, &fault, NULL);
  return -EFAULT;
}

int64_t device_ioctl(int device, uint64_t command, uint64_t argument) {
  (void)device;
  if (wakes[0] < 0) { /* after an exec */
    wakes[0] = first_descriptor;
    wakes[1] = first_descriptor + 1;
  }
  switch (command) {
    case test_device_give: return (int64_t)argument;
    case test_device_sleep: return sleep_until_woken();
    case test_device_wake: return wake(argument);
    case test_device_work: work(argument); return test_device_work;
    case test_device_rest: poll(NULL, 0, (int)argument); return test_device_rest;
    case test_device_fault:
      signal(SIGSEGV, SIG_DFL); /* also where a sanitizer would rather tell of it itself */
      raise(SIGSEGV);
      return -EFAULT;
    case test_device_fault_late: return fault_late((int)argument);
    case test_device_never:
      for (;;) work(1000);
    case test_device_wake_late: work(argument); return wake(argument);
    default: return -EINVAL;
  }
}

int device_task_begins(void) { return 0; }

void device_task_ends(void) {}

uint32_t device_task_id(void) { return (uint32_t)syscall(SYS_gettid); }

uint32_t device_process_id(void) { return (uint32_t)getpid(); }

pid_t device_fork(void) {
  const pid_t pid = fork();
  return pid < 0 ? -errno : pid;
}

int device_exec(const char* program, char* const arguments[]) {
  execv(program, arguments);
  return -errno;
}

void device_catch_up(void) {}

uint32_t device_task_limit(void) { return contract_task_limit; }

const char* device_description(const char* path) {
  (void)path;
  return "test device\n1";
}
