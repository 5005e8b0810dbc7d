/* The agent's way to liteipcd: the calls of the client library in place of those of the kernel.
 * The path of the device is that of the daemon's socket. */
#define _GNU_SOURCE
#include "agent/device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/client/lite_ipc.h"

static int or_errno(int result) { return result < 0 ? -errno : result; }

/* Any descriptor of the socket's file is the device. */
int device_try(const char* path, int* lent) {
  *lent = open(path, O_PATH | O_CLOEXEC);
  return or_errno(setenv("LITE_IPC_SOCKET", path, 1) != 0 ? -1 : *lent) < 0 ? -errno : 0;
}

void device_leave(void) {}

int device_open(const char* path) {
  (void)path; /* it is where the library looks */
  return or_errno(lite_ipc_open(NULL, 0));
}

int device_close(int device) { return or_errno(lite_ipc_close(device)); }

int64_t device_mmap(int device, uint64_t bytes, uint32_t protection, uint32_t flags) {
  if (bytes > SIZE_MAX) return -ENOMEM;
  void* at = lite_ipc_mmap(NULL, (size_t)bytes, (int)protection, (int)flags, device, 0);
  return at == MAP_FAILED ? -errno : (int64_t)(uintptr_t)at;
}

int device_munmap(uint64_t address, uint64_t bytes) {
  return or_errno(lite_ipc_munmap((void*)(uintptr_t)address, (size_t)bytes));
}

int64_t device_ioctl(int device, uint64_t command, uint64_t argument) {
  return or_errno(lite_ipc_ioctl(device, (unsigned long)command, (uintptr_t)argument));
}

int device_task_begins(void) {
  const int task = lite_ipc_task_id();
  return task < 0 ? task : 0;
}

void device_task_ends(void) {} /* the library's connection ends with the thread */

uint32_t device_task_id(void) { return (uint32_t)lite_ipc_task_id(); }

uint32_t device_process_id(void) { return (uint32_t)lite_ipc_process_id(); }

pid_t device_fork(void) { return or_errno(fork()); }

int device_exec(const char* program, char* const arguments[]) {
  return or_errno(execv(program, arguments));
}

void device_catch_up(void) {}

uint32_t device_task_limit(void) { return contract_task_limit; }

const char* device_description(const char* path) {
  (void)path;
  return "liteipcd\n1";
}
