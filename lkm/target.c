// SPDX-License-Identifier: GPL-2.0
/*
 * Who a message is for: the checks of requests (spec/3-access.md) and of
 * replies (MSG-21 to MSG-27), then those of the target itself, and room in
 * its pool (MSG-28 to MSG-30). The order of the checks is the contract.
 */
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>

#include "state.h"

/* A task of the sender's own process, which may be called though it has done
 * nothing yet; takes the spare one for it.
 */
static int own_task(struct liteipc_send *send, struct task_struct *own)
{
	int error;

	if (!send->spare)
		return -EAGAIN;
	error = liteipc_task_add(send->process, own, send->spare);
	if (error)
		return error;
	send->target = send->spare;
	send->spare = NULL;
	return 0;
}

/* Of the sender's own process, which needs no access. */
static int judge_own(struct liteipc_send *send)
{
	struct task_struct *own;
	int error = -EACCES;

	rcu_read_lock();
	own = liteipc_live_task(send->process->instance, send->header.target);
	if (own && own->signal == current->signal) {
		send->target = liteipc_task_find(own);
		error = send->target ? 0 : own_task(send, own);
	}
	rcu_read_unlock();
	return error;
}

/* ACC-1 to ACC-3 */
static int judge_request(struct liteipc_send *send)
{
	const u32 handle = send->header.target;

	if (handle == TOUCHSTONE_CMS_HANDLE)
		send->target = send->process->instance->cms;
	else
		send->target = liteipc_callable(send->process, handle);
	return send->target ? 0 : judge_own(send);
}

/* MSG-21 to MSG-27 */
static int judge_reply(struct liteipc_send *send)
{
	const struct liteipc_message *request;

	if (!send->returned)
		return -EINVAL;
	request = send->returned->message;
	if (!request || request->type != TOUCHSTONE_MT_REQUEST)
		return -EINVAL; /* MSG-22 */
	if (request->flag == TOUCHSTONE_FLAG_ONEWAY)
		return -EINVAL; /* MSG-23 */
	if (send->header.timestamp != request->timestamp)
		return -EINVAL; /* MSG-24 */
	if (send->header.target != request->sender_task)
		return -EINVAL; /* MSG-25 */
	if (request->receiver->process != send->process)
		return -EINVAL; /* MSG-26 */
	if (liteipc_is_late(request))
		return -ETIME; /* MSG-27 */
	send->target = request->sender;
	return 0;
}

/* MSG-28 to MSG-30. An object of one data model is nothing in the other. */
static int judge_target(struct liteipc_send *send)
{
	const struct liteipc_header *header = &send->header;
	struct liteipc_message *message = send->message;
	struct liteipc_task *target = send->target;

	if (!target->task || !target->process->is_open)
		return -EINVAL;
	send->pool = target->process->pool;
	if (!send->pool)
		return -ENOMEM;
	if (header->object_count > 0 && send->pool->model != send->model)
		return -EINVAL;
	if (!liteipc_block_take(send->pool, &message->block,
				send->pool->model->header_bytes + ALIGN(header->data_bytes, 4) +
				header->object_count * sizeof(u32)))
		return -ENOMEM;
	message->pool = send->pool;
	message->receiver = liteipc_task_get(target);
	send->is_to_cms = header->type == TOUCHSTONE_MT_REQUEST &&
			  target == send->process->instance->cms;
	return 0;
}

int liteipc_find_target(struct liteipc_send *send)
{
	int error;

	if (send->header.type == TOUCHSTONE_MT_REQUEST)
		error = judge_request(send);
	else
		error = judge_reply(send);
	return error ? error : judge_target(send);
}
