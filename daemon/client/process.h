/* process.h: what this process is to the daemon: which threads are tasks, each with a connection of
 * its own, where the pool lies, whether the daemon is still the one that it was.  Follows forks.
 * Makes no device call but the greeting. */
#ifndef LITE_IPC_PROCESS_H
#define LITE_IPC_PROCESS_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/client/link.h"

/* A thread that has called the device. */
struct lite_ipc_task {
  struct lite_ipc_task* next;
  struct lite_ipc_task** place; /* of the pointer to this one */
  unsigned life;                /* of the process, in which the link was made */
  int is_greeted;               /* the daemon knows it by its link */
  volatile int is_calling;      /* also for a handler of signals */
  uint32_t task;                /* ids of the daemon's */
  uint32_t process;
  struct lite_ipc_link link;
};

/* The calling thread as a task, connected.  NULL, and an errno in `error`: ENODEV where the daemon
 * has gone, which stays so until lite_ipc_begin_life(). */
struct lite_ipc_task* lite_ipc_own_task(int* error);

/* The task's link has broken: the daemon has gone, for the whole process. */
void lite_ipc_note_broken(const struct lite_ipc_task* task);

/* Where the daemon has gone, the process is a new one to the next. */
void lite_ipc_begin_life(void);
/* The device has been opened: children have it open too. */
void lite_ipc_note_opened(void);

/* Whether the descriptor is one of the connections. */
int lite_ipc_is_connection(int descriptor);

void lite_ipc_set_pool(struct lite_ipc_pool pool);
struct lite_ipc_pool lite_ipc_pool_of_process(void);

#endif
