#include "agent/director.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <touchstone/plugin.h>
#include <unistd.h>

#include "agent/cast.h"
#include "agent/device.h"
#include "agent/keeper.h"

static const struct settings* settings;

/* --- who an order is for --- */

/* NULL where there is none, or it is not there to be told: no order that a harness gives. */
static struct task* any_task(const struct order* order) {
  struct task* const task = find_task(order->words[0]);
  if (task == NULL) {
    cast_lose("an order `%s` is for task %llu, which is not there", order_name(order->type),
              (unsigned long long)order->words[0]);
  }
  return task;
}

static struct task* ready_task(const struct order* order) {
  struct task* const task = any_task(order);
  if (task == NULL || !sleeps(task)) return task;
  cast_lose("an order `%s` is for task %u, which sleeps", order_name(order->type),
            (unsigned)task->id);
  return NULL;
}

static struct process* any_process(const struct order* order) {
  struct process* const process = find_process(order->words[0]);
  if (process == NULL) {
    cast_lose("an order `%s` is for process %llu, which is not there", order_name(order->type),
              (unsigned long long)order->words[0]);
  }
  return process;
}

/* --- hello --- */

static int64_t hello(struct answer* answer) {
  const size_t known = strlen(device_description(settings->device));
  uint64_t* const words = answer->words;
  words[TOUCHSTONE_AGENT_HELLO_DATA_MODEL] =
      sizeof(void*) == 8 ? TOUCHSTONE_LP64 : TOUCHSTONE_ILP32;
  words[TOUCHSTONE_AGENT_HELLO_CAPABILITIES] = settings->capabilities;
  words[TOUCHSTONE_AGENT_HELLO_FLAGS] = settings->flags;
  words[TOUCHSTONE_AGENT_HELLO_TASK_LIMIT] = settings->task_limit;
  words[TOUCHSTONE_AGENT_HELLO_PROCESS_LIMIT] = settings->process_limit;
  words[TOUCHSTONE_AGENT_HELLO_PAGE_BYTES] = (uint64_t)sysconf(_SC_PAGESIZE);
  words[TOUCHSTONE_AGENT_HELLO_BAD_ADDRESS] = world->bad_address;
  words[TOUCHSTONE_AGENT_HELLO_KERNEL_ADDRESS] = (uintptr_t)-8192;
  answer->byte_count = known < 256 ? known : 256;
  memcpy(answer->bytes, device_description(settings->device), answer->byte_count);
  return 0;
}

/* --- processes and tasks --- */

static int64_t give_scratch(uint64_t* words, const struct task* task) {
  words[0] = (uintptr_t)scratch_of(task);
  words[1] = scratch_bytes;
  return 0;
}

/* The task and its process have begun. */
static int64_t give_new_process(struct answer* answer, struct process* process, struct task* task) {
  process->main_task = place_of_task(task);
  answer->words[1] = process->id;
  answer->words[2] = task->id;
  return give_scratch(answer->words + 3, task);
}

static int64_t spawn(const struct order* order, struct answer* answer) {
  struct process* const process = place_for_process();
  struct task* const task = process == NULL ? NULL : place_for_task(process);
  if (task == NULL) return -EAGAIN;
  const int64_t begun =
      spawn_puppet(process, task, (uint32_t)order->words[0], (uint32_t)order->words[1]);
  if (begun < 0) return begun;
  return give_new_process(answer, process, task);
}

static int64_t fork_task(const struct order* order, struct answer* answer) {
  struct task* const parent = ready_task(order);
  if (parent == NULL) return 0;
  struct process* const process = place_for_process();
  struct task* const task = process == NULL ? NULL : place_for_task(process);
  if (task == NULL) return -EAGAIN;
  const int64_t child = ask(&parent->thread, deed_fork, (uint64_t)place_of_process(process),
                            (uint64_t)place_of_task(task));
  if (child < 0) return child;
  process->number = (int32_t)child;
  process->is_alive = 1;
  task->is_alive = 1;
  const int64_t begun = await(&task->thread, "the beginning of a forked process");
  if (begun < 0) {
    end_process(process);
    return begun;
  }
  return give_new_process(answer, process, task);
}

static int64_t create_thread(const struct order* order, struct answer* answer) {
  struct process* const process = any_process(order);
  if (process == NULL) return 0;
  struct task* const task = place_for_task(process);
  if (task == NULL) return -EAGAIN;
  int64_t begun = ask(&process->keeper, deed_thread, (uint64_t)place_of_task(task), 0);
  if (begun == 0) begun = await(&task->thread, "the beginning of a thread");
  if (begun < 0) return begun;
  task->is_alive = 1;
  answer->words[1] = task->id;
  return give_scratch(answer->words + 2, task);
}

static int64_t exec_task(const struct order* order, struct answer* answer) {
  struct task* const task = ready_task(order);
  if (task == NULL) return 0;
  const uint32_t id = task->id;
  struct process* const process = process_of(task);
  const uint32_t process_id = process->id;
  for (struct task* other = world->tasks; other < world->tasks + tasks_max; ++other) {
    if (other != task && other->process == task->process) other->is_alive = 0;
  }
  const int64_t done = ask(&task->thread, deed_exec, 0, 0);
  if (done < 0)
    return cast_lose("a process cannot execute this program again: errno %d", (int)-done);
  /* The system may have numbered it anew; whoever gave the order knows it as before. */
  task->id = id;
  process->id = process_id;
  process->main_task = place_of_task(task);
  settle(NULL);
  return give_scratch(answer->words + 1, task);
}

static int64_t exit_one(const struct order* order) {
  if (order->type == order_exit_task) {
    struct task* const task = any_task(order);
    if (task == NULL) return 0;
    end_task(task);
  } else {
    struct process* const process = any_process(order);
    if (process == NULL) return 0;
    end_process(process);
  }
  settle(NULL);
  return 0;
}

/* --- calls --- */

/* One that does not sleep, whatever the implementation does. */
static int64_t plain_call(const struct order* order, enum deed deed) {
  struct task* const task = ready_task(order);
  if (task == NULL) return 0;
  tell(&task->thread, deed, order->words[1], order->words[2], order->words[3]);
  const int64_t value = await(&task->thread, order_name(order->type));
  settle(&task->thread);
  return value;
}

static int64_t give_call(struct answer* answer, const struct task* task) {
  const int is_blocked = sleeps(task);
  answer->words[1] = (uint64_t)is_blocked;
  return is_blocked ? 0 : task->call_value;
}

static int64_t ioctl_call(const struct order* order, struct answer* answer) {
  struct task* const task = ready_task(order);
  if (task == NULL) return 0;
  tell(&task->thread, deed_ioctl, order->words[1], order->words[2], 0);
  settle(&task->thread);
  return give_call(answer, task);
}

static int64_t poll_call(const struct order* order, struct answer* answer) {
  const struct task* const task = any_task(order);
  if (task == NULL) return 0;
  if (!sleeps(task) && !task->has_called) {
    return cast_lose("an order `poll` is for task %u, which has made no call", (unsigned)task->id);
  }
  return give_call(answer, task);
}

/* --- memory --- */

static int64_t read_memory(const struct order* order, struct answer* answer) {
  struct task* const task = any_task(order);
  if (task == NULL) return 0;
  const uint64_t address = order->words[1];
  const uint64_t count = order->words[2];
  if (count > TOUCHSTONE_AGENT_BYTES_MAX) return cast_lose("an order `read` is for too many bytes");
  if (is_scratch(address, count)) {
    memcpy(answer->bytes, (const void*)(uintptr_t)address, (size_t)count);
    answer->byte_count = (size_t)count;
    return (int64_t)count;
  }
  for (uint64_t at = 0; at < count;) {
    const uint64_t part = count - at < read_bytes_max ? count - at : read_bytes_max;
    const int64_t put = ask(&process_of(task)->keeper, deed_read, address + at, part);
    if (put > 0) take_memory(answer->bytes + at, (size_t)put);
    if (put != (int64_t)part) return -EFAULT;
    at += part;
  }
  answer->byte_count = (size_t)count;
  return (int64_t)count;
}

static int64_t write_memory(const struct order* order) {
  const struct task* const task = any_task(order);
  if (task == NULL) return 0;
  const uint64_t address = order->words[1];
  if (!is_scratch(address, order->byte_count)) return -EFAULT;
  memcpy((void*)(uintptr_t)address, order->bytes, order->byte_count);
  return 0;
}

/* --- descriptors --- */

static int64_t descriptor(const struct order* order, struct answer* answer) {
  struct process* const process = any_process(order);
  if (process == NULL) return 0;
  const enum deed deed = order->type == order_open_descriptor       ? deed_new_file
                         : order->type == order_descriptor_identity ? deed_identify
                                                                    : deed_count;
  if (order->words[1] > INT32_MAX) return -EBADF;
  const int64_t value = ask(&process->keeper, deed, order->words[1], 0);
  answer->words[1] = process->keeper.more;
  return value;
}

static int64_t advance(const struct order* order) {
  wait_ns(order->words[0]);
  settle(NULL);
  return 0;
}

/* --- */

const char* director_begin(const struct settings* given, struct link* link) {
  settings = given;
  return cast_begin(given, link);
}

static int64_t carry_out(const struct order* order, struct answer* answer) {
  switch (order->type) {
    case order_hello: return hello(answer);
    case order_reset: cast_end(); return 0;
    case order_spawn: return spawn(order, answer);
    case order_fork: return fork_task(order, answer);
    case order_create_thread: return create_thread(order, answer);
    case order_exit_task:
    case order_exit_process: return exit_one(order);
    case order_exec: return exec_task(order, answer);
    case order_open: return plain_call(order, deed_open);
    case order_close: return plain_call(order, deed_close);
    case order_mmap: return plain_call(order, deed_mmap);
    case order_munmap: return plain_call(order, deed_munmap);
    case order_ioctl: return ioctl_call(order, answer);
    case order_poll: return poll_call(order, answer);
    case order_read: return read_memory(order, answer);
    case order_write: return write_memory(order);
    case order_advance: return advance(order);
    case order_open_descriptor:
    case order_descriptor_identity:
    case order_descriptor_count: return descriptor(order, answer);
    case order_types_end: break;
  }
  return 0;
}

void director_carry_out(const struct order* order, struct answer* answer) {
  memset(answer->words, 0, sizeof answer->words);
  answer->byte_count = 0;
  look_for_deaths();
  if (cast_lost()[0] == '\0') answer->words[0] = (uint64_t)carry_out(order, answer);
  snprintf(answer->lost, sizeof answer->lost, "%s", cast_lost());
}

void director_end(void) { cast_end(); }
