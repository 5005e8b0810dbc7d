// SPDX-License-Identifier: GPL-2.0
/*
 * Death notices (spec/7-death.md): who may call a task is told of its end.
 */
#include <linux/cred.h>

#include "state.h"

/* DTH-5, DTH-6 */
static bool take_room(struct liteipc_process *process, struct liteipc_message *notice)
{
	struct liteipc_task *told = process->ipc_thread;
	struct liteipc_pool *pool = process->pool;

	if (!told || !told->task || !process->is_open || !pool)
		return false;
	return liteipc_block_take(pool, &notice->block, pool->model->header_bytes);
}

/* DTH-2, DTH-8 */
static void fill(struct liteipc_message *notice, const struct liteipc_process *process,
		 const struct liteipc_task *ended, pid_t sender)
{
	struct liteipc_pool *pool = process->pool;
	const struct liteipc_header header = {
		.type = TOUCHSTONE_MT_DEATH_NOTIFY,
		.target = process->ipc_thread->id,
		.token = ended->id,
		.timestamp = liteipc_stamp(),
	};

	notice->pool = pool;
	notice->type = header.type;
	notice->timestamp = header.timestamp;
	notice->sender_process = ended->process->id;
	notice->sender_task = sender;
	notice->sender_user = current_euid();
	notice->sender_group = current_egid();
	liteipc_encode_header(pool->model, liteipc_block_memory(pool, &notice->block), &header);
}

void liteipc_tell_end(struct liteipc_task *task, pid_t sender)
{
	struct liteipc_access *access;
	struct liteipc_access *next;
	struct liteipc_process *caller;
	struct liteipc_message *notice;

	list_for_each_entry_safe(access, next, &task->callers, task_node) {
		caller = access->process;
		notice = liteipc_access_take(access); /* ACC-9 */
		if (caller == task->process || !take_room(caller, notice)) { /* DTH-3 */
			liteipc_message_free(notice);
			continue;
		}
		fill(notice, caller, task, sender);
		caller->ipc_thread->has_state = true; /* ACC-12 */
		liteipc_message_queue(caller->ipc_thread, notice);
	}
}
