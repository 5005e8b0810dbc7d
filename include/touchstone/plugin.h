/* plugin.h: how an implementation of LiteIPC's kernel side, in any language, shows itself to
 * Touchstone: a shared object with one exported symbol, touchstone_plugin(), that gives a table of
 * numbers and function pointers.  Plain C11 (and C++).  Numbers and layouts of the device calls:
 * lite_ipc_abi.h.  A worked example: examples/minimal_plugin/.  This holds no behaviour.
 *
 * WHAT YOU PLAY.  A machine: processes with tasks, a device, user memory, a clock.  create() boots
 * it with nothing on it; one case runs; destroy() ends it.  Each case runs in a child process of
 * its own, so a crash or an endless loop costs that case alone.  Calls come one at a time, in one
 * thread, and nothing happens between them.  Stdout is captured: print what you like. */
#ifndef TOUCHSTONE_PLUGIN_H
#define TOUCHSTONE_PLUGIN_H

#include <stddef.h>
#include <stdint.h>
#include <touchstone/lite_ipc_abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TOUCHSTONE_PLUGIN_EXPORT __attribute__((visibility("default")))

/* Raised when the table's meaning changes.  New fields are only ever appended: struct_bytes tells
 * how many you have, and what you do not have is taken as 0. */
#define TOUCHSTONE_PLUGIN_VERSION 1u

/* Data models: which structures and command words the calls use. */
#define TOUCHSTONE_ILP32 0u
#define TOUCHSTONE_LP64 1u

/* Capabilities.  What you do not state is never asked for: the cases that need it are counted as
 * `unsupported`, not as failed.  The function that goes with a bit may then be NULL. */
#define TOUCHSTONE_CAP_VIRTUAL_TIME 0x001u        /* advance */
#define TOUCHSTONE_CAP_FORK 0x002u                /* fork */
#define TOUCHSTONE_CAP_EXEC 0x004u                /* exec */
#define TOUCHSTONE_CAP_ALLOC_FAULT 0x008u         /* inject_alloc_failure */
#define TOUCHSTONE_CAP_ID_REUSE 0x010u            /* reuse_ids */
#define TOUCHSTONE_CAP_CREDENTIALS 0x020u         /* spawn's uid and gid count */
#define TOUCHSTONE_CAP_FD_PASSING 0x040u          /* open_descriptor, objects of type FD */
#define TOUCHSTONE_CAP_DESCRIPTOR_IDENTITY 0x080u /* descriptor_identity */
#define TOUCHSTONE_CAP_DESCRIPTOR_COUNT 0x100u    /* descriptor_count */
#define TOUCHSTONE_CAP_USER_RANGE 0x200u          /* buffers lie where LIM-10's table says */

/* How a device call stands. */
#define TOUCHSTONE_DONE 0    /* it returned; *result is what it returned */
#define TOUCHSTONE_BLOCKED 1 /* its task sleeps in the kernel; *result is not looked at */

/* The machine that create() made; define the struct as you like. */
struct touchstone_instance;

struct touchstone_region {
  uint64_t address;
  uint64_t bytes;
};

/* RULES FOR ALL FUNCTIONS
 * - They return 0, or minus an errno (-TOUCHSTONE_EINVAL), unless said otherwise.  Results go to
 * the out-parameters, which are never NULL and are looked at only after success.
 * - Ids of tasks and processes are yours: any numbers below task_limit and process_limit, never 0.
 *   A task id is also the handle under which the kernel knows the task as a service.  Unless
 *   reuse_ids() was called, never give the id of a dead task or process a second time.
 * - You will only be given ids that you gave; never a task or process that has ended, never a task
 *   that sleeps, but in poll(), read(), write(), scratch(), exit_task() and exit_process().
 * - BLOCKING IS A VALUE.  A call that must wait puts the task to sleep in your own books and
 *   returns TOUCHSTONE_BLOCKED at once; never wait for real.  When a later call wakes sleepers, the
 *   calling task first goes on to its end (or its own sleep); then those it woke run, in the order
 *   in which they were woken, until they return or sleep again; then that later call returns.
 * - Strings and memory stay with whoever made them.  Nothing that you are handed may be kept. */
struct touchstone_plugin_table {
  uint32_t interface_version; /* TOUCHSTONE_PLUGIN_VERSION */
  uint32_t struct_bytes;      /* sizeof(struct touchstone_plugin_table) */
  const char* name;           /* of your implementation, for reports and waivers */
  const char* version;        /* of your implementation */
  uint32_t data_model;        /* TOUCHSTONE_ILP32 or TOUCHSTONE_LP64 */
  uint32_t capabilities;      /* TOUCHSTONE_CAP_.. */
  uint32_t task_limit;        /* how many task ids there are, usually 128; at least 8 */
  uint32_t process_limit;     /* the same for processes, usually 64; at least 4 */
  uint32_t page_bytes;        /* a power of two, usually 4096 */
  uint32_t kernel_task;       /* ids with which the kernel itself sends; 0 if it has none */
  uint32_t kernel_process;
  uint32_t reserved;       /* 0 */
  uint64_t bad_address;    /* inside the user range, but never mapped */
  uint64_t kernel_address; /* outside the user range */

  /* ----- REQUIRED ----- */

  /* A machine just booted, with no process on it.  NULL if that cannot be. */
  struct touchstone_instance* (*create)(void);
  /* Ends the machine, whatever state it is in, and gives back all it took. */
  void (*destroy)(struct touchstone_instance* machine);

  /* A new process with one task, its main task. */
  int32_t (*spawn)(struct touchstone_instance* machine, uint32_t uid, uint32_t gid,
                   uint32_t* process, uint32_t* task);
  /* One more task in the process, detached: its id is free as soon as it ends. */
  int32_t (*create_thread)(struct touchstone_instance* machine, uint32_t process, uint32_t* task);
  /* The task ends; if it is the main task, its process ends with all tasks. */
  int32_t (*exit_task)(struct touchstone_instance* machine, uint32_t task);
  /* All tasks of the process end, then the process. */
  int32_t (*exit_process)(struct touchstone_instance* machine, uint32_t process);

  /* The task opens the device; it closes it again. */
  int32_t (*open)(struct touchstone_instance* machine, uint32_t task);
  int32_t (*close)(struct touchstone_instance* machine, uint32_t task);
  /* Maps the message pool; *address is where it lies in the process's user memory.  Bits of
   * `protection` and `flags` are TOUCHSTONE_PROT_.. and TOUCHSTONE_MAP_.., in any combination.
   * If your mmap system call turns every failure of the driver into ENOMEM, so may you. */
  int32_t (*mmap)(struct touchstone_instance* machine, uint32_t task, uint64_t bytes,
                  uint32_t protection, uint32_t flags, uint64_t* address);
  /* Unmaps the whole pool. */
  int32_t (*munmap)(struct touchstone_instance* machine, uint32_t task);

  /* The thing under test.  Returns TOUCHSTONE_DONE or TOUCHSTONE_BLOCKED; *result is what the ioctl
   * returned: 0 or more, or minus an errno.  `argument` is a number, or a user address of the
   * calling task's process: the structures of lite_ipc_abi.h lie there, written by write() before
   * and read by read() after.  It may be NULL, unmapped, or plain garbage: that is tested. */
  int32_t (*ioctl)(struct touchstone_instance* machine, uint32_t task, uint64_t command,
                   uint64_t argument, int64_t* result);
  /* How the task's last ioctl stands now, in the same form; the same answer every time once it is
   * over.  Advances nothing. */
  int32_t (*poll)(struct touchstone_instance* machine, uint32_t task, int64_t* result);

  /* The task's own area of readable and writable user memory, for arguments: at least 65536 bytes,
   * at the same place as long as the task lives, shared with no other task. */
  int32_t (*scratch)(struct touchstone_instance* machine, uint32_t task,
                     struct touchstone_region* region);
  /* User memory of the task's process, as its own code would see it: scratch areas and the pool.
   * -TOUCHSTONE_EFAULT, and nothing done, if any byte is not mapped (or, to write, not writable:
   * the pool).  `bytes` may be 0. */
  int32_t (*read)(struct touchstone_instance* machine, uint32_t task, uint64_t address, void* into,
                  size_t bytes);
  int32_t (*write)(struct touchstone_instance* machine, uint32_t task, uint64_t address,
                   const void* from, size_t bytes);

  /* ----- WITH A CAPABILITY, else NULL ----- */

  /* VIRTUAL_TIME: the clock goes on; sleepers whose deadline is reached wake, earliest first. */
  void (*advance)(struct touchstone_instance* machine, uint64_t nanoseconds);
  /* FORK: the task's process forks; the child has one task. */
  int32_t (*fork)(struct touchstone_instance* machine, uint32_t task, uint32_t* child_process,
                  uint32_t* child_task);
  /* EXEC: the task's process replaces its image; other tasks end, this one is now its main task. */
  int32_t (*exec)(struct touchstone_instance* machine, uint32_t task);
  /* ALLOC_FAULT: the (after+1)th allocation of kernel memory from here fails, once. */
  void (*inject_alloc_failure)(struct touchstone_instance* machine, uint32_t after);
  /* ID_REUSE: from here ids of the dead are handed out again, the last freed task id first.  Called
   * at most once, straight after create(). */
  void (*reuse_ids)(struct touchstone_instance* machine);
  /* FD_PASSING: opens a new file in the process; the lowest free descriptor from 3 on. */
  int32_t (*open_descriptor)(struct touchstone_instance* machine, uint32_t process,
                             uint32_t* descriptor);
  /* DESCRIPTOR_IDENTITY: which open file the descriptor is; equal numbers mean the same file.
   * -TOUCHSTONE_EBADF if it is not open. */
  int32_t (*descriptor_identity)(struct touchstone_instance* machine, uint32_t process,
                                 uint32_t descriptor, uint64_t* identity);
  /* DESCRIPTOR_COUNT: open descriptors of the process, the first three not counted. */
  int32_t (*descriptor_count)(struct touchstone_instance* machine, uint32_t process,
                              uint32_t* count);

  /* ----- OPTIONAL ----- */

  /* Why the machine can no longer be reached (a board that fell off its cable), in words; NULL as
   * long as it can.  The run ends at once when it cannot. */
  const char* (*lost)(struct touchstone_instance* machine);
};

/* The one symbol that a plug-in exports.  The table must stay valid and unchanged until the process
 * ends.  Start no thread and open nothing here; that is for create(). */
TOUCHSTONE_PLUGIN_EXPORT const struct touchstone_plugin_table* touchstone_plugin(void);

#ifdef __cplusplus
}
#endif

#endif
