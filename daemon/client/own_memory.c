#define _GNU_SOURCE
#include "daemon/client/own_memory.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

struct lite_ipc_memory lite_ipc_memory_of_thread(void) {
  struct lite_ipc_memory memory = {.process = getpid()};
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return memory;
  void* low = NULL;
  size_t bytes = 0;
  if (pthread_attr_getstack(&attributes, &low, &bytes) == 0) {
    memory.stack_low = (uintptr_t)low;
    memory.stack_high = (uintptr_t)low + bytes;
  }
  pthread_attr_destroy(&attributes);
  return memory;
}

static int goes_round(uintptr_t address, size_t bytes) { return address + bytes < address; }

int lite_ipc_read_own(const struct lite_ipc_memory* memory, uintptr_t from, void* to,
                      size_t bytes) {
  if (lite_ipc_is_on_stack(memory, from, bytes)) {
    memcpy(to, (const void*)from, bytes);
    return 1;
  }
  const struct iovec local = {to, bytes};
  const struct iovec remote = {(void*)from, bytes};
  return !goes_round(from, bytes) &&
         process_vm_readv(memory->process, &local, 1, &remote, 1, 0) == (ssize_t)bytes;
}

int lite_ipc_write_own(const struct lite_ipc_memory* memory, uintptr_t to, const void* from,
                       size_t bytes) {
  if (lite_ipc_is_on_stack(memory, to, bytes)) {
    memcpy((void*)to, from, bytes);
    return 1;
  }
  const struct iovec local = {(void*)(uintptr_t)from, bytes};
  const struct iovec remote = {(void*)to, bytes};
  return !goes_round(to, bytes) &&
         process_vm_writev(memory->process, &local, 1, &remote, 1, 0) == (ssize_t)bytes;
}

/* The kernel adds 0 to the aligned word around the address, in one piece.  The comparison is one
 * that it does not know: it says so after adding, and wakes nobody. */
static int word_is_writable(uintptr_t address) {
  static uint32_t nobody_waits_here;
  const int unknown = 15;
  const int add_nothing = FUTEX_OP(FUTEX_OP_ADD, 0, unknown, 0);
  const uintptr_t word = address / 4 * 4;
  const int saved = errno;
  const long done = syscall(SYS_futex, &nobody_waits_here, FUTEX_WAKE_OP | FUTEX_PRIVATE_FLAG, 0,
                            NULL, (void*)word, add_nothing);
  const int is_writable = done >= 0 || errno != EFAULT;
  errno = saved;
  return is_writable;
}

int lite_ipc_is_writable(const struct lite_ipc_memory* memory, uintptr_t address, size_t bytes) {
  if (lite_ipc_is_on_stack(memory, address, bytes)) return 1;
  if (bytes == 0) return 1;
  if (goes_round(address, bytes)) return 0;
  return word_is_writable(address) && word_is_writable(address + bytes - 1);
}
