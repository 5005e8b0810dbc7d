// SPDX-License-Identifier: GPL-2.0
/*
 * Which process may call which task (spec/3-access.md). With each right the
 * notice of the task's end is made, so that no lack of memory can lose it.
 */
#include <linux/hash.h>
#include <linux/hashtable.h>
#include <linux/slab.h>

#include "state.h"

static DEFINE_HASHTABLE(accesses, 8);

/* A task has no access left when its id changes or is another's. */
static unsigned long key_of(const struct liteipc_process *process, u32 id)
{
	return (unsigned long)process ^ hash_32(id, 32);
}

static struct liteipc_access *find(const struct liteipc_process *process, u32 id)
{
	struct liteipc_access *access;

	hash_for_each_possible(accesses, access, hash, key_of(process, id))
		if (access->process == process && access->task->id == id)
			return access;
	return NULL;
}

/* ACC-2 to ACC-6 */
bool liteipc_may_call(struct liteipc_process *process, struct liteipc_task *task)
{
	return task->process == process || (task->has_state && find(process, task->id));
}

struct liteipc_task *liteipc_callable(const struct liteipc_process *process, u32 id)
{
	const struct liteipc_access *access = find(process, id);
	struct liteipc_task *task = access ? access->task : NULL;

	if (!task || !task->has_state || (READ_ONCE(task->task->flags) & PF_EXITING))
		return NULL;
	return task;
}

struct liteipc_access *liteipc_access_new(void)
{
	struct liteipc_access *access = kzalloc(sizeof(*access), GFP_KERNEL_ACCOUNT);

	if (!access)
		return NULL;
	access->notice = liteipc_message_new(NULL, 0);
	if (access->notice)
		return access;
	kfree(access);
	return NULL;
}

void liteipc_access_free(struct liteipc_access *access)
{
	if (!access)
		return;
	liteipc_message_free(access->notice);
	kfree(access);
}

int liteipc_access_give(struct liteipc_process *process, struct liteipc_task *task,
			struct liteipc_access **spare)
{
	struct liteipc_access *access = *spare;

	if (find(process, task->id))
		return 0; /* CMS-21 */
	if (!access || process->access_count >= liteipc_accesses_max)
		return -ENOMEM;
	*spare = NULL;
	access->process = process;
	access->task = task;
	process->access_count++;
	hash_add(accesses, &access->hash, key_of(process, task->id));
	list_add_tail(&access->process_node, &process->accesses);
	list_add_tail(&access->task_node, &task->callers);
	return 0;
}

struct liteipc_message *liteipc_access_take(struct liteipc_access *access)
{
	struct liteipc_message *notice = access->notice;

	access->process->access_count--;
	hash_del(&access->hash);
	list_del(&access->process_node);
	list_del(&access->task_node);
	kfree(access);
	return notice;
}
