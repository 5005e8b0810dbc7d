/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The functions that the files of the module offer each other. "locked": the
 * caller holds liteipc_lock. Errors are minus an errno.
 */
#ifndef LITEIPC_PARTS_H
#define LITEIPC_PARTS_H

struct vm_area_struct;

/* --- process.c: who there is --- */

struct liteipc_process *liteipc_process_of_caller(void);
int liteipc_process_open(void);
/* locked: NULL where there is none. */
struct liteipc_process *liteipc_process_find(const struct signal_struct *signal);
bool liteipc_process_is_known(const struct signal_struct *signal);
/* locked: the child of a process that is open; nothing may sleep. */
void liteipc_process_fork(struct liteipc_process *parent, struct task_struct *child);
/* locked: it has no IPC state any more (LIF-13), its tasks keep their places. */
void liteipc_process_close(struct liteipc_process *process);
/* locked: all its threads have ended. */
void liteipc_process_end(struct liteipc_process *process);
void liteipc_forget_all(void);

struct liteipc_task *liteipc_known_caller(void);
/* The same, made if need be; NULL without memory. */
struct liteipc_task *liteipc_task_of_caller(struct liteipc_process *process);
/* locked, in an RCU read section: a live user task by its id, NULL if none. */
struct task_struct *liteipc_live_task(const struct liteipc_instance *instance, u32 id);
/* locked */
struct liteipc_task *liteipc_task_find(const struct task_struct *task);
struct liteipc_task *liteipc_task_new(void);
int liteipc_task_add(struct liteipc_process *process, struct task_struct *task,
		     struct liteipc_task *new);
static inline struct liteipc_task *liteipc_task_get(struct liteipc_task *task)
{
	refcount_inc(&task->references);
	return task;
}

static inline void liteipc_task_put(struct liteipc_task *task)
{
	if (refcount_dec_and_test(&task->references))
		kfree_rcu(task, rcu);
}

/* locked: wakes it if it sleeps in a receive. */
static inline void liteipc_task_wake(struct liteipc_task *task)
{
	if (task->sleeps)
		wake_up_process(task->task);
}

/* locked: no call of it can come any more. */
void liteipc_task_end(struct liteipc_task *task);

/* locked: what debugfs shows, instance by instance. */
struct list_head *liteipc_instances(void);

/* --- lifecycle.c --- */

int liteipc_lifecycle_begin(void);
void liteipc_lifecycle_end(void);

/* --- pool.c --- */

int liteipc_pool_map(struct liteipc_process *process, struct vm_area_struct *vma);
/* locked: what is queued at its tasks is thrown away, the rest goes with the pool. */
void liteipc_pool_leave(struct liteipc_process *process);
static inline void liteipc_pool_get(struct liteipc_pool *pool)
{
	refcount_inc(&pool->references);
}

static inline void liteipc_pool_put(struct liteipc_pool *pool)
{
	if (refcount_dec_and_test(&pool->references))
		queue_work(liteipc_wq, &pool->free_work);
}

/* locked: false if there is no room. */
bool liteipc_block_take(struct liteipc_pool *pool, struct liteipc_block *block, u32 bytes);
/* locked: its room is free again, not yet what belongs to it. */
void liteipc_block_give(struct liteipc_pool *pool, struct liteipc_block *block);
/* locked: both */
void liteipc_block_free(struct liteipc_pool *pool, struct liteipc_block *block);
/* locked: the right to free it is used up from now on (MSG-5 to MSG-7). */
int liteipc_block_return(struct liteipc_pool *pool, u64 address,
			 struct liteipc_block **block);
static inline void *liteipc_block_memory(const struct liteipc_pool *pool,
					 const struct liteipc_block *block)
{
	return pool->memory + (size_t)block->first * LITEIPC_GRANULE;
}

static inline u64 liteipc_block_address(const struct liteipc_pool *pool,
					const struct liteipc_block *block)
{
	return pool->address + (u64)block->first * LITEIPC_GRANULE;
}

/* --- message.c --- */

int liteipc_messages_begin(void);
void liteipc_messages_end(void);
/* NULL: for nobody's send. */
struct liteipc_message *liteipc_message_new(struct liteipc_process *process, u32 object_count);
/* What it carries has come to somebody else, or is undone. Most carry nothing. */
static inline void liteipc_message_unload(struct liteipc_message *message)
{
	if (!message->carried)
		return;
	kfree(message->carried);
	message->carried = NULL;
	message->carried_count = 0;
	message->file_count = 0;
}

/* One that has no block, or whose block is free. */
void liteipc_message_free(struct liteipc_message *message);
/* The same, but that the process may use it for its next one. */
void liteipc_message_keep(struct liteipc_process *process, struct liteipc_message *message);
/* locked: undoes its objects (OBJ-21, OBJ-22) and frees it. */
void liteipc_message_drop(struct liteipc_message *message);
/* locked: at the tail of the queue; wakes. */
void liteipc_message_queue(struct liteipc_task *task, struct liteipc_message *message);
/* locked */
void liteipc_message_unqueue(struct liteipc_task *task, struct liteipc_message *message);
void liteipc_queue_drop(struct liteipc_task *task);
/* locked: a time that no other message has (MSG-20), in ns. */
u64 liteipc_stamp(void);
bool liteipc_is_late(const struct liteipc_message *request);

/* --- access.c --- */

/* locked */
bool liteipc_may_call(struct liteipc_process *process, struct liteipc_task *task);
/* locked: the live task with this id, if the process was given access to it. */
struct liteipc_task *liteipc_callable(const struct liteipc_process *process, u32 id);
struct liteipc_access *liteipc_access_new(void);
void liteipc_access_free(struct liteipc_access *access);
/* locked: takes *spare if it is needed. */
int liteipc_access_give(struct liteipc_process *process, struct liteipc_task *task,
			struct liteipc_access **spare);
/* locked: gives the notice that was made for it to the caller. */
struct liteipc_message *liteipc_access_take(struct liteipc_access *access);

/* --- cms.c: the other commands --- */

long liteipc_set_cms(struct liteipc_process *process, const struct liteipc_model *model,
		     u64 bytes_max);
long liteipc_cms_command(struct liteipc_process *process, u64 argument);
long liteipc_set_ipc_thread(struct liteipc_process *process);
long liteipc_get_version(u64 argument);

/* --- send.c, target.c, object.c, receive.c: IPC_SEND_RECV_MSG --- */

/* A send on its way. */
struct liteipc_send {
	const struct liteipc_model *model;
	struct liteipc_process *process;
	struct liteipc_task *sender;
	struct liteipc_block *returned; /* in the sender's pool, or NULL */
	struct liteipc_message *message; /* or NULL */
	struct liteipc_task *spare; /* for a task that has done nothing yet; or NULL */
	/* once it was read */
	struct liteipc_header header;
	struct liteipc_pool *returned_pool; /* with `returned` */
	/* once the target was found */
	struct liteipc_task *target; /* held by the message */
	struct liteipc_pool *pool; /* of the target */
	bool is_to_cms;
};

/* `task`: the caller's, NULL if it has taken no part yet. */
long liteipc_send_receive(struct liteipc_process *process, struct liteipc_task *task,
			  const struct liteipc_model *model, u64 argument);
/* locked: finds who it is for and takes room there. -EAGAIN: it needs the spare task. */
int liteipc_find_target(struct liteipc_send *send);
/* OBJ-4, MSG-33 */
int liteipc_judge_cms_request(const struct liteipc_send *send);
int liteipc_carry_objects(struct liteipc_send *send);
/* Plain without a send; of a request the timestamp is the time of the send. */
int liteipc_receive(struct liteipc_task *task, const struct liteipc_model *model, u64 argument,
		    const struct liteipc_send *send);

/* --- death.c --- */

/* locked: who may call it is told and may not any more (DTH-1, ACC-9). The
 * sender's ids are those of `sender`, its user and group the caller's.
 */
void liteipc_tell_end(struct liteipc_task *task, pid_t sender);

/* --- debugfs.c --- */

#ifdef CONFIG_DEBUG_FS
void liteipc_debugfs_begin(void);
void liteipc_debugfs_end(void);
#else
static inline void liteipc_debugfs_begin(void)
{
}

static inline void liteipc_debugfs_end(void)
{
}
#endif

#endif
