/* device.h: the only way by which the agent reaches the implementation.  device.c is for a device
 * file of the kernel; link another file in its place for anything else.  What fails gives minus an
 * errno.  Called on the threads of puppets, but where said otherwise. */
#ifndef TOUCHSTONE_AGENT_DEVICE_H
#define TOUCHSTONE_AGENT_DEVICE_H

#include <stdint.h>
#include <sys/types.h>

/* How many ids of tasks there can be, and how many the contract has (LIM-5). */
enum { task_limit_min = 8, task_limit_max = 65536, contract_task_limit = 128 };

/* Once, in the agent itself, before there is a puppet: can the device be used?  The agent must not
 * be a user of it after that.  `lent` gets a descriptor for processes that have not opened the
 * device, or have closed it, so that their calls still get there; -1 where there is none. */
int device_try(const char* path, int* lent);
/* Once, when all puppets have ended: what device_try left behind ends, too. */
void device_leave(void);

/* Both give a descriptor. */
int device_open(const char* path);
int device_close(int device);
/* Bits of `protection` and `flags` are TOUCHSTONE_PROT_.. and TOUCHSTONE_MAP_..; gives the address.
 */
int64_t device_mmap(int device, uint64_t bytes, uint32_t protection, uint32_t flags);
int device_munmap(uint64_t address, uint64_t bytes);
int64_t device_ioctl(int device, uint64_t command, uint64_t argument);

/* The calling thread is a task from now on: the first one of its process (also after a fork or an
 * exec), or one more.  It is none any more. */
int device_task_begins(void);
void device_task_ends(void);
/* What the implementation calls the calling thread and its process. */
uint32_t device_task_id(void);
uint32_t device_process_id(void);

/* fork() and execv(). */
pid_t device_fork(void);
int device_exec(const char* program, char* const arguments[]);

/* What the implementation has done to descriptors of this process is done when this returns.  On a
 * thread that is no task. */
void device_catch_up(void);

/* So many ids of tasks there are, where nobody says otherwise: task_limit_min to task_limit_max. */
uint32_t device_task_limit(void);

/* Name and version of the implementation, for reports: "name\nversion". */
const char* device_description(const char* path);

#endif
