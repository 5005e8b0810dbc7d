// SPDX-License-Identifier: GPL-2.0
/*
 * Receiving and waiting (spec/6-receive.md).
 *
 * A message is handed over in the hold of the lock that took it out of the
 * queue, or, where that must wait for user memory or gives descriptors, after
 * it: no other thread of the process, which may unmap the pool meanwhile, can
 * take it away; what cannot be handed over goes back to the head of the queue.
 */
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/ktime.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "state.h"

#ifndef TASK_FREEZABLE
#define TASK_FREEZABLE 0
#endif

struct receive {
	struct liteipc_process *process;
	struct liteipc_task *task;
	const struct liteipc_model *model;
	u64 argument;
	bool is_call;
	u64 timestamp;	  /* that it waits for, if it is a call */
	ktime_t deadline; /* of a call that sleeps; 0: 5 s after it falls asleep */
	bool has_slept;
	struct liteipc_message *message;
	struct liteipc_pool *pool; /* of the message; held while that is handed over */
};

/* --- which message --- */

enum fate {
	FATE_DELIVER,
	FATE_DROP,
	FATE_DROP_AND_FAIL,
};

/* RCV-3, RCV-4, RCV-6, RCV-8, RCV-9, RCV-11, RCV-12 */
static enum fate fate_of(const struct receive *receive, const struct liteipc_message *message)
{
	const bool is_reply = message->type == TOUCHSTONE_MT_REPLY ||
			      message->type == TOUCHSTONE_MT_FAILED_REPLY;

	if (!receive->is_call)
		return is_reply ? FATE_DROP : FATE_DELIVER;
	if (message->type == TOUCHSTONE_MT_DEATH_NOTIFY)
		return FATE_DELIVER;
	if (!is_reply || message->timestamp != receive->timestamp)
		return FATE_DROP;
	return message->type == TOUCHSTONE_MT_REPLY ? FATE_DELIVER : FATE_DROP_AND_FAIL;
}

/* MSG-39, in the user namespace of who reads it; locked */
static void name_sender(const struct receive *receive)
{
	const struct liteipc_message *message = receive->message;
	struct user_namespace *user_ns = current_user_ns();
	struct liteipc_sender sender = {
		.process = message->sender_process,
		.task = message->sender_task,
		.user = __kuid_val(message->sender_user),
		.group = __kgid_val(message->sender_group),
	};

	if (user_ns != &init_user_ns) {
		sender.user = from_kuid_munged(user_ns, message->sender_user);
		sender.group = from_kgid_munged(user_ns, message->sender_group);
	}
	liteipc_encode_sender(receive->pool->model,
			      liteipc_block_memory(receive->pool, &message->block), &sender);
}

/* locked; -EAGAIN where there is none to be had */
static int take(struct receive *receive)
{
	struct liteipc_message *message;
	enum fate fate;

	while (!list_empty(&receive->task->queue)) {
		message = list_first_entry(&receive->task->queue, struct liteipc_message, node);
		fate = fate_of(receive, message);
		liteipc_message_unqueue(receive->task, message);
		if (fate == FATE_DELIVER) {
			receive->message = message;
			receive->pool = message->pool;
			name_sender(receive);
			return 0;
		}
		liteipc_message_drop(message);
		receive->deadline = 0; /* RCV-10 */
		if (fate == FATE_DROP_AND_FAIL)
			return -ENOENT;
	}
	return -EAGAIN;
}

/* --- waiting --- */

/* RCV-7, RCV-18. A call that gets its reply leaves the timer as it is, so that
 * one call after the other sets it once in 5 s. set_current_state() stands
 * between `sleeps` and the look at the timer, see time_is_over().
 */
static void set_timer(struct receive *receive)
{
	struct hrtimer *timer = &receive->task->timer;

	if (receive->deadline == 0)
		receive->deadline = ktime_add_ns(ktime_get(), LITEIPC_REPLY_NS);
	if (!hrtimer_is_queued(timer) || hrtimer_get_expires(timer) > receive->deadline)
		hrtimer_start(timer, receive->deadline, HRTIMER_MODE_ABS);
}

/* locked when called and when it returns. -EINTR: a signal, -ETIME: RCV-7. */
static int wait(struct receive *receive)
	__must_hold(&liteipc_lock)
{
	if (signal_pending(current))
		return -EINTR;
	if (receive->has_slept && receive->deadline && ktime_get() >= receive->deadline)
		return -ETIME;
	receive->has_slept = receive->is_call;
	receive->task->sleeps = true;
	set_current_state(TASK_INTERRUPTIBLE | TASK_FREEZABLE);
	if (receive->is_call)
		set_timer(receive);
	spin_unlock(&liteipc_lock);
	schedule(); /* RCV-5 */
	spin_lock(&liteipc_lock);
	receive->task->sleeps = false;
	return 0;
}

/* --- handing over --- */

static int install(struct file *file)
{
#ifdef LITEIPC_RECEIVE_FD_STORES
	return receive_fd(file, NULL, 0);
#else
	return receive_fd(file, 0);
#endif
}

/* LIM-9: numbers below 3 that are free are kept from being chosen. */
static int install_from_three(struct file *file)
{
	int low[3];
	int count = 0;
	int fd;

	while (count < ARRAY_SIZE(low)) {
		fd = get_unused_fd_flags(0);
		if (fd < 0 || fd >= ARRAY_SIZE(low))
			break;
		low[count++] = fd;
	}
	if (count < ARRAY_SIZE(low) && fd >= 0)
		put_unused_fd(fd);
	fd = install(file);
	while (count > 0)
		put_unused_fd(low[--count]);
	return fd;
}

static u64 address_of(const struct receive *receive)
{
	return liteipc_block_address(receive->pool, &receive->message->block);
}

static void *place_of(const struct receive *receive, const struct liteipc_carried *carried)
{
	return liteipc_block_memory(receive->pool, &receive->message->block) +
	       receive->pool->model->header_bytes + carried->offset;
}

/* OBJ-8, or none of them */
static int install_files(const struct receive *receive)
{
	struct liteipc_message *message = receive->message;
	struct liteipc_carried *carried;
	int error = 0;
	int *fds;
	int fd;
	u32 i;

	if (message->file_count == 0)
		return 0;
	fds = kmalloc_array(message->carried_count, sizeof(*fds), GFP_KERNEL_ACCOUNT);
	if (!fds)
		return -ENOMEM;
	for (i = 0; i < message->carried_count && error == 0; i++) {
		carried = &message->carried[i];
		fds[i] = -1;
		if (!carried->file)
			continue;
		fd = install_from_three(carried->file);
		fds[i] = fd;
		if (fd < 0)
			error = fd;
		else
			liteipc_encode_fd(receive->pool->model, place_of(receive, carried), fd);
	}
	while (error && i-- > 0)
		if (fds[i] >= 0)
			close_fd(fds[i]);
	kfree(fds);
	return error;
}

/* locked: from now on each can be given back by itself (RCV-14, MSG-9) */
static void deliver(struct liteipc_message *message)
{
	struct liteipc_carried *carried;
	u32 i;

	for (i = 0; i < message->carried_count; i++) {
		carried = &message->carried[i];
		if (carried->file)
			fput(carried->file);
		if (carried->block)
			carried->block->state = LITEIPC_BLOCK_DELIVERED;
	}
	liteipc_message_unload(message);
	message->block.state = LITEIPC_BLOCK_DELIVERED;
}

/* RCV-16. locked */
static void put_back(struct receive *receive)
{
	struct liteipc_task *task = receive->task;

	list_add(&receive->message->node, &task->queue);
	task->queued++;
	task->process->file_count += receive->message->file_count;
}

/* RCV-16, RCV-17. If the pool was unmapped meanwhile there is nowhere to
 * find the message.
 */
static int hand_over(struct receive *receive)
{
	int error = liteipc_store_received(receive->model, receive->argument, address_of(receive));

	if (error == 0)
		error = install_files(receive);
	spin_lock(&liteipc_lock);
	if (receive->process->pool != receive->pool) {
		liteipc_message_drop(receive->message);
		error = error ? error : -ENOMEM;
	} else if (error) {
		put_back(receive);
	} else {
		deliver(receive->message);
	}
	spin_unlock(&liteipc_lock);
	liteipc_pool_put(receive->pool);
	return error;
}

/* RCV-17; locked */
static bool hand_over_at_once(const struct receive *receive)
{
	struct liteipc_message *message = receive->message;

	if (message->file_count > 0 ||
	    !liteipc_store_at_once(receive->model, receive->argument, address_of(receive)))
		return false;
	deliver(message);
	return true;
}

/* A message that is still to be handed over is in `receive`. */
static int take_or_wait(struct receive *receive)
{
	int error;

	spin_lock(&liteipc_lock);
	receive->task->has_state = true; /* ACC-11 */
	do {
		error = take(receive);
		if (error == -EAGAIN)
			error = wait(receive) ? : -EAGAIN;
	} while (error == -EAGAIN);
	if (error || hand_over_at_once(receive))
		receive->message = NULL;
	else
		liteipc_pool_get(receive->pool);
	spin_unlock(&liteipc_lock);
	return error;
}

int liteipc_receive(struct liteipc_task *task, const struct liteipc_model *model, u64 argument,
		    const struct liteipc_send *send)
{
	struct receive receive LITEIPC_UNINITIALIZED;
	int error;

	if (!task)
		return -ENOMEM; /* RCV-1 */
	receive.process = task->process;
	receive.task = task;
	receive.model = model;
	receive.argument = argument;
	receive.is_call = !!send;
	receive.has_slept = false;
	receive.deadline = 0;
	if (send)
		receive.timestamp = send->header.timestamp;
	/* A request was stamped a moment ago, with the time of the last tick. */
	if (send && send->header.type == TOUCHSTONE_MT_REQUEST)
		receive.deadline = ns_to_ktime(receive.timestamp + LITEIPC_REPLY_NS +
					       TICK_NSEC + NSEC_PER_MSEC);
	error = take_or_wait(&receive);
	return receive.message ? hand_over(&receive) : error;
}
