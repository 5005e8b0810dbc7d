/* world.h: what all processes of an instance see, at one address in each: who there is, what each
 * thread was told to do and what came of it, and the tasks' memory for arguments.  Lies in a file
 * of no name, so that a process finds it after an exec.  The agent writes orders and who is alive,
 * threads write what came. */
#ifndef TOUCHSTONE_AGENT_WORLD_H
#define TOUCHSTONE_AGENT_WORLD_H

#include <semaphore.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum { tasks_max = 256, processes_max = 128, files_max = 512, scratch_bytes = 65536, nobody = -1 };

/* What a thread can be told. */
enum deed {
  /* tasks */
  deed_open,
  deed_close,
  deed_mmap, /* bytes, protection, flags; gives the address */
  deed_munmap,
  deed_ioctl, /* command, argument */
  deed_fork,  /* places of the child's process and task */
  deed_exec,
  deed_end,
  /* the keeper of a process, which is no task and never in the device */
  deed_thread,   /* place of the new task */
  deed_read,     /* address, count: puts bytes into the pipe `memory`; gives how many */
  deed_new_file, /* gives the descriptor */
  deed_identify, /* descriptor; `more` gets its identity */
  deed_count     /* gives the count */
};

struct thread {
  sem_t go;
  atomic_uint is_busy;    /* it was told something, and has not done it */
  atomic_uint is_calling; /* it is in the device, or on its way there or back */
  uint32_t deed;
  uint64_t given[3];
  int64_t value; /* what came, or minus an errno */
  uint64_t more;
  int32_t number; /* by which the system knows it */
};

struct task {
  struct thread thread;
  int is_alive;
  int process; /* place */
  uint32_t id; /* as the implementation names it, and so the harness */
  int has_called;
  int64_t call_value; /* of its last ioctl */
};

struct process {
  struct thread keeper;
  int is_alive;
  int32_t number; /* by which the system knows it */
  uint32_t id;    /* as the implementation names it */
  int main_task;  /* place */
  int device;     /* its descriptor */
};

struct world {
  char path[256]; /* of the device */
  /* Descriptors, the same in all processes. */
  int file;     /* of the world */
  int lent;     /* of the device, for who has not opened it; or -1 */
  int lifeline; /* its other end closes when the agent ends, however that comes */
  int news;     /* whoever has done something writes a byte here */
  int memory;   /* here go bytes that the agent asked for */
  uint64_t bad_address;
  uint64_t files[files_max]; /* identities of all that were opened on order */
  uint32_t file_count;
  struct process processes[processes_max];
  struct task tasks[tasks_max];
};

extern struct world* world;

/* A new one, and the descriptor of its file; 0 where the system has no room. */
int make_world(void);
/* The one in the file, where it lay before. */
int find_world(int file, void* at);

/* A task's memory for arguments. */
unsigned char* scratch_of(const struct task* task);
/* Whether all of this is memory for arguments, of any task. */
int is_scratch(uint64_t address, uint64_t bytes);

#endif
