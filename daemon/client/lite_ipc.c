#define _GNU_SOURCE
#include "daemon/client/lite_ipc.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/client/descriptor.h"
#include "daemon/client/device_file.h"
#include "daemon/client/process.h"

/* What a system call gives for `value`. */
static int result(int64_t value) {
  if (value >= 0) return (int)value;
  errno = (int)-value;
  return -1;
}

/* Begins a call of the calling thread; NULL and a value where it cannot be made.  A handler of a
 * signal that came while the thread waits in the device has no second place to wait. */
static struct lite_ipc_task* begin_call(int64_t* value) {
  int error = 0;
  struct lite_ipc_task* task = lite_ipc_own_task(&error);
  if (task != NULL && task->is_calling) {
    task = NULL;
    error = EBUSY;
  }
  if (task != NULL) task->is_calling = 1;
  *value = -error;
  return task;
}

static void end_call(struct lite_ipc_task* task) {
  task->is_calling = 0;
  if (task->link.is_broken) lite_ipc_note_broken(task);
}

static int64_t open_once(int close_on_exec) {
  lite_ipc_begin_life();
  const int file = lite_ipc_open_device(close_on_exec);
  if (file < 0) return file;
  int64_t value = 0;
  struct lite_ipc_task* task = begin_call(&value);
  if (task != NULL) {
    value = lite_ipc_link_open(&task->link);
    end_call(task);
  }
  if (value == 0) {
    lite_ipc_note_opened();
    lite_ipc_find_device(file);
    return file;
  }
  lite_ipc_forget_device(file);
  lite_ipc_close_descriptor(file);
  return value;
}

int lite_ipc_open(const char* path, int flags) {
  const int saved = errno;
  const int error = lite_ipc_use_path(path);
  int64_t value = error == 0 ? open_once((flags & O_CLOEXEC) != 0) : -error;
  /* The daemon may have been another one since the last call, and that is noticed only now. */
  if (value == -ENODEV) value = open_once((flags & O_CLOEXEC) != 0);
  errno = saved;
  return result(value);
}

static int64_t call_ioctl(int descriptor, uint32_t command, uintptr_t argument, uintptr_t frame) {
  if (!lite_ipc_find_device(descriptor)) return fcntl(descriptor, F_GETFD) < 0 ? -EBADF : -ENOTTY;
  int64_t value = 0;
  struct lite_ipc_task* task = begin_call(&value);
  if (task == NULL) return value;
  value = lite_ipc_link_ioctl(&task->link, lite_ipc_pool_of_process(), command, argument, frame);
  end_call(task);
  return value;
}

/* As for the system call, the low 32 bits are the command. */
int lite_ipc_ioctl(int descriptor, unsigned long command, uintptr_t argument) {
  const int saved = errno;
  const int64_t value =
      call_ioctl(descriptor, (uint32_t)command, argument, (uintptr_t)__builtin_frame_address(0));
  errno = saved;
  return result(value);
}

/* --- the pool --- */

/* Where programs of 32 bits have their pools, if they do not mind: in the range of addresses that
 * is a user's on the boards (LIM-10). */
static void* const place_of_pools = sizeof(void*) == 4 ? (void*)(uintptr_t)0x20000000 : NULL;

/* Address space for a pool that the daemon may grant; MAP_FAILED where there is none. */
static void* reserve(void* address, size_t bytes, int flags) {
  if (address == NULL) address = place_of_pools;
  const int placing = flags & (MAP_FIXED | MAP_FIXED_NOREPLACE
#ifdef MAP_32BIT
                               | MAP_32BIT
#endif
                              );
  return mmap(address, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | placing, -1,
              0);
}

static uint32_t bits(int given, int first, uint32_t first_bit, int second, uint32_t second_bit) {
  return ((given & first) != 0 ? first_bit : 0) | ((given & second) != 0 ? second_bit : 0);
}

/* The pool is this process's alone: a child maps one of its own. */
static int64_t place_pool(void* room, size_t bytes, int file) {
  if (mmap(room, bytes, PROT_READ, MAP_SHARED | MAP_FIXED, file, 0) == MAP_FAILED) return -ENOMEM;
  madvise(room, bytes, MADV_DONTFORK);
  lite_ipc_set_pool((struct lite_ipc_pool){(uintptr_t)room, bytes});
  return 0;
}

static int64_t map_pool(struct lite_ipc_task* task, void* room, size_t room_bytes, size_t bytes,
                        int protection, int flags) {
  const uint32_t exec = (protection & PROT_EXEC) != 0 ? TOUCHSTONE_PROT_EXEC : 0;
  const struct liteipcd_mmap request = {
      .bytes = bytes,
      .address = (uintptr_t)room,
      .protection =
          bits(protection, PROT_READ, TOUCHSTONE_PROT_READ, PROT_WRITE, TOUCHSTONE_PROT_WRITE) |
          exec,
      .flags = bits(flags, MAP_SHARED, TOUCHSTONE_MAP_SHARED, MAP_PRIVATE, TOUCHSTONE_MAP_PRIVATE)};
  int file = -1;
  int64_t value = lite_ipc_link_mmap(&task->link, &request, &file);
  if (value != 0) return value;
  if (room == NULL) {
    task->link.is_broken = 1; /* it grants what no daemon grants */
    value = -ENODEV;
  } else {
    value = place_pool(room, room_bytes, file);
  }
  lite_ipc_close_descriptor(file);
  return value;
}

static int64_t call_mmap(void** address, size_t bytes, int protection, int flags) {
  int64_t value = 0;
  struct lite_ipc_task* task = begin_call(&value);
  if (task == NULL) return value;
  void* room = NULL;
  size_t room_bytes = 0;
  if (bytes > 0 && bytes <= TOUCHSTONE_POOL_BYTES_MAX) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    room_bytes = (bytes + page - 1) / page * page;
    room = reserve(*address, room_bytes, flags);
    if (room == MAP_FAILED) value = -errno;
  }
  if (value == 0) {
    value = map_pool(task, room, room_bytes, bytes, protection, flags);
    if (value != 0 && room != NULL) munmap(room, room_bytes);
  }
  end_call(task);
  *address = room;
  return value;
}

void* lite_ipc_mmap(void* address, size_t bytes, int protection, int flags, int descriptor,
                    int64_t offset) {
  const int saved = errno;
  (void)offset;
  int64_t value = 0;
  if (!lite_ipc_find_device(descriptor)) {
    value = fcntl(descriptor, F_GETFD) < 0 ? -EBADF : -ENODEV;
  } else {
    value = call_mmap(&address, bytes, protection, flags);
  }
  errno = saved;
  return result(value) == 0 ? address : MAP_FAILED;
}

/* The daemon does not know: what later calls give is not specified (DEV-15). */
int lite_ipc_munmap(void* address, size_t bytes) { return munmap(address, bytes); }

/* --- the rest --- */

int lite_ipc_close(int descriptor) {
  lite_ipc_forget_device(descriptor);
  return close(descriptor);
}

int lite_ipc_is_device(int descriptor) {
  const int saved = errno;
  const int is_it = descriptor >= 0 && lite_ipc_find_device(descriptor);
  errno = saved;
  return is_it;
}

static int own_id(int is_process) {
  const int saved = errno;
  int error = 0;
  const struct lite_ipc_task* task = lite_ipc_own_task(&error);
  errno = saved;
  if (task == NULL) return -error;
  return (int)(is_process ? task->process : task->task);
}

int lite_ipc_task_id(void) { return own_id(0); }
int lite_ipc_process_id(void) { return own_id(1); }
