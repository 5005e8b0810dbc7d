// SPDX-License-Identifier: GPL-2.0
/*
 * Messages on their way: making, queueing, throwing away. The bytes of a
 * message lie in a block of the receiver's pool; what only the kernel knows
 * of it lies here, until the block is given back.
 */
#include <linux/file.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/slab.h>

#include "state.h"

/* In jiffies: a reply that comes sooner is not late. */
#define SOON ((unsigned long)(LITEIPC_REPLY_NS / NSEC_PER_SEC * HZ / 2))

static struct kmem_cache *messages;
static u64 last_stamp;

int liteipc_messages_begin(void)
{
	messages = KMEM_CACHE(liteipc_message, SLAB_ACCOUNT);
	return messages ? 0 : -ENOMEM;
}

void liteipc_messages_end(void)
{
	kmem_cache_destroy(messages);
}

/* What it is to be is written when it is sent. */
static void init(struct liteipc_message *message)
{
	message->block.message = message;
	message->sender = NULL;
	message->receiver = NULL;
	message->file_count = 0;
	message->carried_count = 0;
	message->carried = NULL;
}

/* A process that sends and gives back in turn goes on with one message. */
struct liteipc_message *liteipc_message_new(struct liteipc_process *process, u32 object_count)
{
	struct liteipc_message *message = process ? xchg(&process->spare, NULL) : NULL;

	if (!message) {
		message = kmem_cache_alloc(messages, GFP_KERNEL);
		if (!message)
			return NULL;
		init(message);
	}
	if (object_count == 0)
		return message;
	message->carried = kcalloc(object_count, sizeof(*message->carried),
				   GFP_KERNEL_ACCOUNT);
	if (message->carried)
		return message;
	liteipc_message_free(message);
	return NULL;
}

static void release(struct liteipc_message *message)
{
	if (message->sender)
		liteipc_task_put(message->sender);
	if (message->receiver)
		liteipc_task_put(message->receiver);
	liteipc_message_unload(message);
	init(message);
}

void liteipc_message_free(struct liteipc_message *message)
{
	release(message);
	kmem_cache_free(messages, message);
}

void liteipc_message_keep(struct liteipc_process *process, struct liteipc_message *message)
{
	release(message);
	message = xchg(&process->spare, message);
	if (message)
		kmem_cache_free(messages, message);
}

void liteipc_message_drop(struct liteipc_message *message)
{
	struct liteipc_carried *one;
	u32 i;

	for (i = 0; i < message->carried_count; i++) {
		one = &message->carried[i];
		if (one->file)
			fput(one->file);
		if (one->block)
			liteipc_block_free(message->pool, one->block);
	}
	liteipc_block_free(message->pool, &message->block);
}

void liteipc_message_queue(struct liteipc_task *task, struct liteipc_message *message)
{
	list_add_tail(&message->node, &task->queue);
	task->queued++;
	task->process->file_count += message->file_count;
	liteipc_task_wake(task);
}

void liteipc_message_unqueue(struct liteipc_task *task, struct liteipc_message *message)
{
	list_del(&message->node);
	task->queued--;
	task->process->file_count -= message->file_count;
}

void liteipc_queue_drop(struct liteipc_task *task)
{
	struct liteipc_message *message;
	struct liteipc_message *next;

	list_for_each_entry_safe(message, next, &task->queue, node) {
		liteipc_message_unqueue(task, message);
		liteipc_message_drop(message);
	}
}

/* MSG-20. To read the clock to the nanosecond may mean to ask a device for the
 * time, which takes long; this is that of the ticks.
 */
u64 liteipc_stamp(void)
{
	last_stamp = max(ktime_get_coarse_ns(), last_stamp + 1);
	return last_stamp;
}

/* MSG-27 */
bool liteipc_is_late(const struct liteipc_message *request)
{
	return time_after(jiffies, request->jiffies + SOON) &&
	       ktime_get_ns() > request->timestamp + LITEIPC_REPLY_NS;
}
