/* preload.c: preloaded into a program, makes the file named by $LITE_IPC_DEVICE (/dev/lite_ipc) the
 * device that liteipcd serves.  Every other file is the next library's.  A device descriptor is one
 * of a kind (O_PATH) on which no system call of these does anything but fail with EBADF, so the
 * real call is made first and whoever does not use the device pays nothing. To unmap the pool
 * nothing is needed: that is the system's. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/client/descriptor.h"
#include "daemon/client/device_file.h"
#include "daemon/client/layout.h"
#include "daemon/client/lite_ipc.h"
#include "daemon/client/process.h"

#define EXPORT __attribute__((visibility("default")))

/* What the program would have called; NULL until begin(), and then for what is not there.  Before
 * it the system call itself is made: looking for a function may need memory, and so this. */
static struct {
  int (*open)(const char*, int, ...);
  int (*open64)(const char*, int, ...);
  int (*openat)(int, const char*, int, ...);
  int (*openat64)(int, const char*, int, ...);
  int (*open_2)(const char*, int);
  int (*open64_2)(const char*, int);
  int (*openat_2)(int, const char*, int);
  int (*openat64_2)(int, const char*, int);
  void* (*mmap)(void*, size_t, int, int, int, off_t);
  void* (*mmap64)(void*, size_t, int, int, int, off64_t);
  int (*ioctl)(int, unsigned long, ...);
  int (*ioctl_time64)(int, unsigned long, ...);
  int (*close)(int);
} next;

static const char* device = "/dev/lite_ipc";

static void find(const char* name, void* function) {
  void* found = dlsym(RTLD_NEXT, name);
  memcpy(function, &found, sizeof found);
}

__attribute__((constructor)) static void begin(void) {
  find("open", &next.open);
  find("open64", &next.open64);
  find("openat", &next.openat);
  find("openat64", &next.openat64);
  find("__open_2", &next.open_2);
  find("__open64_2", &next.open64_2);
  find("__openat_2", &next.openat_2);
  find("__openat64_2", &next.openat64_2);
  find("mmap", &next.mmap);
  find("mmap64", &next.mmap64);
  find("ioctl", &next.ioctl);
  find("__ioctl_time64", &next.ioctl_time64);
  find("close", &next.close);
  device = lite_ipc_device_name();
}

/* --- open --- */

static int is_device_name(const char* path) { return path != NULL && strcmp(path, device) == 0; }
static int has_mode(int flags) {
  return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

/* The mode behind `flags`, where there is one. */
#define READ_MODE(mode)                 \
  unsigned mode = 0;                    \
  if (has_mode(flags)) {                \
    va_list arguments;                  \
    va_start(arguments, flags);         \
    mode = va_arg(arguments, unsigned); \
    va_end(arguments);                  \
  }

EXPORT int open(const char* path, int flags, ...) {
  READ_MODE(mode)
  if (is_device_name(path)) return lite_ipc_open(NULL, flags);
  if (next.open != NULL) return next.open(path, flags, mode);
  return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

EXPORT int open64(const char* path, int flags, ...) {
  READ_MODE(mode)
  if (is_device_name(path)) return lite_ipc_open(NULL, flags);
  if (next.open64 != NULL) return next.open64(path, flags, mode);
  return (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_LARGEFILE, mode);
}

EXPORT int openat(int folder, const char* path, int flags, ...) {
  READ_MODE(mode)
  if (is_device_name(path)) return lite_ipc_open(NULL, flags);
  if (next.openat != NULL) return next.openat(folder, path, flags, mode);
  return (int)syscall(SYS_openat, folder, path, flags, mode);
}

EXPORT int openat64(int folder, const char* path, int flags, ...) {
  READ_MODE(mode)
  if (is_device_name(path)) return lite_ipc_open(NULL, flags);
  if (next.openat64 != NULL) return next.openat64(folder, path, flags, mode);
  return (int)syscall(SYS_openat, folder, path, flags | O_LARGEFILE, mode);
}

/* What the four are called in programs built with _FORTIFY_SOURCE. */
int __open_2(const char* path, int flags);
int __open64_2(const char* path, int flags);
int __openat_2(int folder, const char* path, int flags);
int __openat64_2(int folder, const char* path, int flags);

EXPORT int __open_2(const char* path, int flags) {
  return next.open_2 == NULL || is_device_name(path) ? open(path, flags) : next.open_2(path, flags);
}
EXPORT int __open64_2(const char* path, int flags) {
  return next.open64_2 == NULL || is_device_name(path) ? open64(path, flags)
                                                       : next.open64_2(path, flags);
}
EXPORT int __openat_2(int folder, const char* path, int flags) {
  return next.openat_2 == NULL || is_device_name(path) ? openat(folder, path, flags)
                                                       : next.openat_2(folder, path, flags);
}
EXPORT int __openat64_2(int folder, const char* path, int flags) {
  return next.openat64_2 == NULL || is_device_name(path) ? openat64(folder, path, flags)
                                                         : next.openat64_2(folder, path, flags);
}

/* --- mmap, munmap --- */

static void* system_mmap(void* address, size_t bytes, int protection, int flags, int file,
                         int64_t offset) {
#ifdef SYS_mmap2
  const long unit = (long)(offset / 4096);
  return (void*)syscall(SYS_mmap2, address, bytes, protection, flags, file, unit);
#else
  return (void*)syscall(SYS_mmap, address, bytes, protection, flags, file, offset);
#endif
}

/* Of a mapping that the system refused. */
static int is_of_device(int flags, int file) {
  return errno == EBADF && (flags & MAP_ANONYMOUS) == 0 && file >= 0 && lite_ipc_is_device(file);
}

EXPORT void* mmap(void* address, size_t bytes, int protection, int flags, int file, off_t offset) {
  const int saved = errno;
  void* at = next.mmap != NULL ? next.mmap(address, bytes, protection, flags, file, offset)
                               : system_mmap(address, bytes, protection, flags, file, offset);
  if (at != MAP_FAILED || !is_of_device(flags, file)) return at;
  errno = saved;
  return lite_ipc_mmap(address, bytes, protection, flags, file, offset);
}

EXPORT void* mmap64(void* address, size_t bytes, int protection, int flags, int file,
                    off64_t offset) {
  const int saved = errno;
  void* at = next.mmap64 != NULL ? next.mmap64(address, bytes, protection, flags, file, offset)
                                 : system_mmap(address, bytes, protection, flags, file, offset);
  if (at != MAP_FAILED || !is_of_device(flags, file)) return at;
  errno = saved;
  return lite_ipc_mmap(address, bytes, protection, flags, file, offset);
}

/* --- ioctl --- */

static int is_device_command(unsigned long command) {
  switch ((uint32_t)command) {
    case LITE_IPC_SEND_RECEIVE:
    case TOUCHSTONE_IPC_SET_CMS:
    case TOUCHSTONE_IPC_CMS_CMD:
    case TOUCHSTONE_IPC_SET_IPC_THREAD:
    case TOUCHSTONE_IPC_GET_VERSION: return 1;
    default: return 0;
  }
}

/* A number that was the device once may be another file by now, if it was closed where nobody sees
 * it: no command but the device's own is taken for one because of that. */
static int is_for_device(int file, unsigned long command) {
  return is_device_command(command) && lite_ipc_is_known_device(file);
}

EXPORT int ioctl(int file, unsigned long command, ...) {
  va_list arguments;
  va_start(arguments, command);
  void* argument = va_arg(arguments, void*);
  va_end(arguments);
  if (is_for_device(file, command)) return lite_ipc_ioctl(file, command, (uintptr_t)argument);
  const int saved = errno;
  const int value = next.ioctl != NULL ? next.ioctl(file, command, argument)
                                       : (int)syscall(SYS_ioctl, file, command, argument);
  if (value != -1 || errno != EBADF || !lite_ipc_is_device(file)) return value;
  errno = saved;
  return lite_ipc_ioctl(file, command, (uintptr_t)argument);
}

#if UINTPTR_MAX == 0xffffffffu
/* What ioctl is called in programs of 32 bits with times of 64. */
int __ioctl_time64(int file, unsigned long command, ...);

EXPORT int __ioctl_time64(int file, unsigned long command, ...) {
  va_list arguments;
  va_start(arguments, command);
  void* argument = va_arg(arguments, void*);
  va_end(arguments);
  const int is_device = is_for_device(file, command) || lite_ipc_is_device(file);
  if (is_device || next.ioctl_time64 == NULL) return ioctl(file, command, argument);
  return next.ioctl_time64(file, command, argument);
}
#endif

/* --- close --- */

/* The library's own descriptors are not the program's to close: for it they are not open. */
EXPORT int close(int file) {
  if (file >= lite_ipc_own_descriptor_min && lite_ipc_is_connection(file)) {
    errno = EBADF;
    return -1;
  }
  lite_ipc_forget_device(file);
  return next.close != NULL ? next.close(file) : (int)syscall(SYS_close, file);
}
