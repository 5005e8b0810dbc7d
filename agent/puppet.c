#define _GNU_SOURCE
#include "agent/puppet.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/device.h"
#include "agent/kcov.h"
#include "agent/keeper.h"
#include "agent/world.h"

enum { stack_bytes = 131072 };

static struct process* here;
/* Of this process, as the task that opened or mapped last left them. */
static uint64_t pool_address;
static uint64_t pool_bytes;
static _Thread_local struct task* me;
static _Thread_local sigjmp_buf before_orders;

static void tell(struct thread* thread, int64_t value) {
  thread->value = value;
  atomic_store(&thread->is_busy, 0);
  /* A full pipe is news enough. */
  while (write(world->news, "", 1) < 0 && errno == EINTR) {
  }
}

static void wait_for_order(struct thread* thread) {
  while (sem_wait(&thread->go) != 0) {
  }
}

/* --- what tasks are told --- */

static int64_t open_device(void) {
  const int device = device_open(world->path);
  if (device >= 0) here->device = device;
  return device < 0 ? device : 0;
}

static int64_t close_device(void) {
  const int device = here->device;
  if (device == world->lent) return 0;
  here->device = world->lent;
  return device_close(device);
}

static int64_t map_pool(const uint64_t* given) {
  const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
  const int64_t address =
      device_mmap(here->device, given[0], (uint32_t)given[1], (uint32_t)given[2]);
  if (address < 0 && address > -4096) return address;
  pool_address = (uint64_t)address;
  pool_bytes = (given[0] + page - 1) / page * page;
  return address;
}

static int64_t unmap_pool(void) {
  const uint64_t bytes = pool_bytes;
  pool_bytes = 0;
  return bytes == 0 ? 0 : device_munmap(pool_address, bytes);
}

static int64_t call(const uint64_t* given) {
  me->call_value = device_ioctl(here->device, given[0], given[1]);
  me->has_called = 1;
  return me->call_value;
}

static int64_t fork_process(const uint64_t* given) {
  const pid_t child = device_fork();
  if (child != 0) return child;
  struct process* const parent = here;
  here = &world->processes[given[0]];
  here->device = parent->device;
  be_process((int)given[0], (int)given[1]);
}

static int64_t exec_program(void) {
  char words[3][24];
  char name[] = "touchstone-agent";
  char word[] = AGENT_EXEC_WORD;
  snprintf(words[0], sizeof words[0], "%d", world->file);
  snprintf(words[1], sizeof words[1], "%" PRIxPTR, (uintptr_t)world);
  snprintf(words[2], sizeof words[2], "%d", (int)(me - world->tasks));
  char* arguments[] = {name, word, words[0], words[1], words[2], NULL};
  kcov_task_ends();
  const int error = device_exec("/proc/self/exe", arguments);
  kcov_task_begins();
  return error;
}

static int64_t play(const struct thread* thread) {
  switch (thread->deed) {
    case deed_open: return open_device();
    case deed_close: return close_device();
    case deed_mmap: return map_pool(thread->given);
    case deed_munmap: return unmap_pool();
    case deed_ioctl: return call(thread->given);
    case deed_fork: return fork_process(thread->given);
    case deed_exec: return exec_program();
    default: return -ENOSYS;
  }
}

/* --- threads --- */

static void serve(struct thread* thread) {
  for (;;) {
    wait_for_order(thread);
    if (thread->deed == deed_end) return;
    atomic_store(&thread->is_calling, 1);
    kcov_call_begins();
    const int64_t value = play(thread);
    kcov_call_ends();
    atomic_store(&thread->is_calling, 0);
    tell(thread, value);
  }
}

/* A task is to end while it sleeps in the device. */
static void leave_device(int number) {
  (void)number;
  if (me != NULL) siglongjmp(before_orders, 1);
}

static void* live(void* task) {
  me = task;
  me->thread.number = (int32_t)syscall(SYS_gettid);
  const int begun = device_task_begins();
  if (begun < 0) {
    tell(&me->thread, begun);
    return NULL;
  }
  me->id = device_task_id();
  here->id = device_process_id();
  kcov_task_begins();
  if (sigsetjmp(before_orders, 1) == 0) {
    tell(&me->thread, 0);
    serve(&me->thread);
  }
  device_task_ends();
  kcov_task_ends();
  return NULL;
}

static int start(void* (*routine)(void*), void* argument) {
  pthread_attr_t attributes;
  pthread_t thread;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, stack_bytes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  const int error = pthread_create(&thread, &attributes, routine, argument);
  pthread_attr_destroy(&attributes);
  return -error;
}

static void* keep(void* unused) {
  (void)unused;
  for (;;) {
    struct thread* const keeper = &here->keeper;
    wait_for_order(keeper);
    const int is_thread = keeper->deed == deed_thread;
    tell(keeper, is_thread ? start(live, &world->tasks[keeper->given[0]]) : keeper_does(keeper));
  }
  return NULL;
}

static void* mourn(void* unused) {
  (void)unused;
  char byte;
  while (read(world->lifeline, &byte, 1) < 0 && errno == EINTR) {
  }
  raise(SIGKILL);
  return NULL;
}

static void set_signals(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  sigemptyset(&action.sa_mask);
  action.sa_handler = leave_device;
  sigaction(SIGUSR2, &action, NULL);
  signal(SIGCHLD, SIG_IGN); /* a child is gone as soon as it has ended */
}

_Noreturn void be_process(int process, int task) {
  here = &world->processes[process];
  here->number = (int32_t)getpid();
  set_signals();
  sem_init(&here->keeper.go, 1, 0);
  if (start(keep, NULL) != 0 || start(mourn, NULL) != 0) {
    tell(&world->tasks[task].thread, -EAGAIN);
  } else {
    live(&world->tasks[task]);
  }
  /* The main task ends with its process, which the agent ends; also one that could not begin. */
  for (;;) pause();
}

_Noreturn void go_on_after_exec(char** words) {
  /* What cannot be found cannot be told either: the agent sees that the process has ended. */
  if (!find_world(atoi(words[0]), (void*)(uintptr_t)strtoull(words[1], NULL, 16))) _exit(4);
  struct task* const task = &world->tasks[atoi(words[2])];
  sem_init(&task->thread.go, 1, 0);
  atomic_store(&task->thread.is_calling, 0);
  be_process(task->process, (int)(task - world->tasks));
}
