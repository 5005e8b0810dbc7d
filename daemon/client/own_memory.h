/* own_memory.h: the process's own memory at addresses that may be bad: read, written and judged as
 * the kernel would, with an answer instead of a signal.  Knows no message. */
#ifndef LITE_IPC_OWN_MEMORY_H
#define LITE_IPC_OWN_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a thread knows of its process's memory.  All that lies in its own stack above the frame of a
 * function that runs is mapped for sure; for any other address the kernel is asked. */
struct lite_ipc_memory {
  pid_t process;
  uintptr_t stack_low; /* the stack of the thread; both 0 where that is not known */
  uintptr_t stack_high;
  uintptr_t frame; /* of the function that was called with the addresses */
};

/* Of the calling thread; `frame` is 0.  Takes its time. */
struct lite_ipc_memory lite_ipc_memory_of_thread(void);

/* No bytes are on every stack; bytes that go round the end of memory are on none. */
static inline int lite_ipc_is_on_stack(const struct lite_ipc_memory* memory, uintptr_t address,
                                       size_t bytes) {
  const int frame_is = memory->frame >= memory->stack_low && memory->frame < memory->stack_high;
  return frame_is && address >= memory->frame && address <= memory->stack_high &&
         bytes <= memory->stack_high - address;
}

/* 1, or 0 where a byte cannot be read or written; what then lies in `to` is not said. */
int lite_ipc_read_own(const struct lite_ipc_memory* memory, uintptr_t from, void* to, size_t bytes);
int lite_ipc_write_own(const struct lite_ipc_memory* memory, uintptr_t to, const void* from,
                       size_t bytes);

/* Whether up to a page of bytes can be written; they stay as they are, also for other threads. */
int lite_ipc_is_writable(const struct lite_ipc_memory* memory, uintptr_t address, size_t bytes);

#ifdef __cplusplus
}
#endif

#endif
