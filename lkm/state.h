/* SPDX-License-Identifier: GPL-2.0 */
/*
 * LiteIPC for Linux: what the files of the module share. The contract is
 * spec/1-device.md to spec/10-abi.md; its clauses stand beside the code.
 *
 * Locking
 *
 * liteipc_lock guards everything in these structures but what is said below.
 * It is one spinlock because tasks end, fork and exec under our eyes in
 * tracepoints, where nobody may sleep; it is never taken in an interrupt.
 * Nothing sleeps or allocates with GFP_KERNEL under it: what may be needed is
 * allocated before. User memory is touched under it only as far as it is there
 * (liteipc_.._at_once()), else it is copied between two holds, and what was
 * found in the first hold is judged anew in the second.
 *
 *   mmap_lock of a process  >  liteipc_lock  >  locks of the kernel that
 *   waking, freeing, fput() and looking up a pid take
 *
 * - mmap_lock comes first: mapping and unmapping a pool run under it.
 * - RCU: a thread finds its own process and task without the lock, and a
 *   tracepoint whether there is a process; both are freed after a grace
 *   period. They stay as long as their thread can run, so that in a call of
 *   its own they need no reference.
 * - refcounts: a pool is held by its process, by each mapping and by each
 *   send that fills it; a task by the hash, the CMS place, the IPC thread's
 *   place and each message that knows it.
 * - The memory of a pool is written by who holds a block of it that is
 *   neither queued nor delivered (a send), by the receiver at the delivery,
 *   or under the lock. User space reads it at any time.
 * - What may sleep when it is freed (pools, instances) goes through
 *   liteipc_wq.
 */
#ifndef LITEIPC_STATE_H
#define LITEIPC_STATE_H

#include <linux/bitmap.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "abi.h"

/* Of what lies on the stack and is filled field by field: kernels may be built to
 * zero all of it first.
 */
#if __has_attribute(uninitialized)
#define LITEIPC_UNINITIALIZED __attribute__((uninitialized))
#else
#define LITEIPC_UNINITIALIZED
#endif

struct pid_namespace;
struct signal_struct;

/* A system of the contract: one CMS place, and those who can call each other.
 * There is one for each pid namespace, so that an id means the same task to
 * all, from the first process that opens to the end of the last one.
 */
struct liteipc_instance {
	struct list_head node;
	struct pid_namespace *pid_ns;
	bool cms_is_set;
	struct liteipc_task *cms;
	u64 cms_bytes_max;
	struct list_head processes;
	unsigned int process_count;
	struct work_struct free_work;
};

/* A thread group that has opened the device, until it ends. */
struct liteipc_process {
	struct hlist_node hash;
	struct list_head node;
	const struct signal_struct *signal;
	struct liteipc_instance *instance;
	pid_t id;
	bool is_open; /* has IPC state */
	struct liteipc_pool *pool;
	struct liteipc_task *ipc_thread;
	struct list_head tasks;
	struct list_head accesses;
	unsigned int task_count;
	unsigned int access_count;
	unsigned int file_count; /* descriptors queued at its tasks */
	struct liteipc_message *spare; /* to be had by xchg() */
	struct rcu_head rcu;
};

/* A thread that has taken part in a call. */
struct liteipc_task {
	refcount_t references;
	struct hlist_node hash;
	struct list_head node;
	struct task_struct *task;	 /* NULL once it has ended */
	struct liteipc_process *process; /* NULL once it has ended */
	pid_t id;
	bool has_state; /* ACC-11 to ACC-13 */
	bool sleeps;	/* in a receive */
	struct hrtimer timer; /* wakes it from there; may be of an earlier sleep */
	struct list_head queue;
	unsigned int queued;
	struct list_head callers;
	struct rcu_head rcu;
};

/* A process may call a task. */
struct liteipc_access {
	struct hlist_node hash;
	struct list_head process_node;
	struct list_head task_node;
	struct liteipc_process *process;
	struct liteipc_task *task;
	struct liteipc_message *notice; /* of the task's end; made beforehand */
};

#define LITEIPC_GRANULE 64u

enum liteipc_block_state {
	LITEIPC_BLOCK_HELD, /* a send fills it, or it is queued */
	LITEIPC_BLOCK_DELIVERED,
	LITEIPC_BLOCK_RETURNED, /* its right to free is used up, MSG-7 */
};

/* A part of a pool that is taken. */
struct liteipc_block {
	u32 first; /* granule */
	u32 count;
	enum liteipc_block_state state;
	struct liteipc_message *message; /* that lies in it; NULL: a buffer */
};

struct liteipc_pool {
	refcount_t references;
	struct liteipc_process *process; /* NULL once it is not the pool of one */
	const struct mm_struct *mm;	 /* where it is mapped; not to be followed */
	const struct liteipc_model *model;
	u64 address; /* there */
	void *memory;
	u32 bytes;
	u32 granules;
	u32 taken;
	unsigned long *map;
	struct liteipc_block **blocks; /* by their first granule */
	struct work_struct free_work;
};

/* What an object of a message has at the receiver until it is delivered. */
struct liteipc_carried {
	u32 offset;
	struct file *file;
	struct liteipc_block *block;
};

struct liteipc_message {
	struct list_head node;
	struct liteipc_pool *pool; /* of the receiver */
	struct liteipc_block block;
	u32 type;
	u32 flag;
	u64 timestamp;
	unsigned long jiffies; /* at the send of a request */
	struct liteipc_task *sender;   /* NULL in a notice */
	struct liteipc_task *receiver; /* NULL in a notice */
	u32 sender_process;
	u32 sender_task;
	kuid_t sender_user;
	kgid_t sender_group;
	u32 file_count;
	u32 carried_count;
	struct liteipc_carried *carried;
};

/* device.c: the limits, and what all hold */
extern spinlock_t liteipc_lock;
extern struct workqueue_struct *liteipc_wq;
extern unsigned int liteipc_task_limit;
extern unsigned int liteipc_processes_max;
extern unsigned int liteipc_tasks_max;
extern unsigned int liteipc_accesses_max;
extern unsigned int liteipc_files_max;
extern unsigned int liteipc_pool_bytes_max;
extern unsigned int liteipc_ilp32_user_end;

#include "parts.h"

#endif
