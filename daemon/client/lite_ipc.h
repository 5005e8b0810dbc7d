/* lite_ipc.h: LiteIPC for a Linux program without its device file: the calls that a program would
 * make on /dev/lite_ipc, with the same results and errno, answered by the daemon liteipcd.  What is
 * passed to lite_ipc_ioctl is laid out as for the device, in the data model of the program; a bad
 * pointer in it gives an errno, not a signal.
 *
 * Every thread that calls is a task of its own, with a connection that ends with it.  A child made
 * by fork has the device open if its parent has, and maps a pool of its own.  Where the daemon
 * goes, calls fail with ENODEV, waiting ones too, until the device is opened again.  Descriptors of
 * the library itself have numbers from 512 on; a program must not close them. */
#ifndef LITE_IPC_H
#define LITE_IPC_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef LITE_IPC_API
#define LITE_IPC_API __attribute__((visibility("default")))
#endif

/* All return -1 (lite_ipc_mmap: MAP_FAILED) and set errno where they fail, unless said otherwise.
 */

/* `path` is the socket that the daemon listens on.  NULL, or the name of the device
 * ($LITE_IPC_DEVICE, else /dev/lite_ipc), stands for $LITE_IPC_SOCKET, else /run/liteipc/lite_ipc.
 * Of `flags` O_CLOEXEC counts.  Gives a descriptor: copies of it, also those that another process
 * was sent or has inherited, are the device as well.
 * Errors: those of opening the file; ENODEV where nobody listens; EBUSY where the process uses
 * another socket; what the device itself says. */
LITE_IPC_API int lite_ipc_open(const char* path, int flags);

/* The pool of the process; `offset` does not matter. */
LITE_IPC_API void* lite_ipc_mmap(void* address, size_t bytes, int protection, int flags,
                                 int descriptor, int64_t offset);
LITE_IPC_API int lite_ipc_munmap(void* address, size_t bytes);

/* `argument` is a pointer or a number, as the command has it. */
LITE_IPC_API int lite_ipc_ioctl(int descriptor, unsigned long command, uintptr_t argument);

/* Closes the descriptor: what the process is to the device stays (DEV-4).  A program that closes
 * one in another way must not expect the number to be free of the device. */
LITE_IPC_API int lite_ipc_close(int descriptor);

/* 1 or 0; sets no errno. */
LITE_IPC_API int lite_ipc_is_device(int descriptor);

/* The calling thread's id as a task, and its process's, as messages name them; makes it a task if
 * it is none yet.  Minus an errno where that fails. */
LITE_IPC_API int lite_ipc_task_id(void);
LITE_IPC_API int lite_ipc_process_id(void);

#ifdef __cplusplus
}
#endif

#endif
