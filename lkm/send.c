// SPDX-License-Identifier: GPL-2.0
/*
 * IPC_SEND_RECV_MSG up to the receive (spec/4-message.md). The order of the
 * checks is the contract.
 *
 * A send takes two holds of the lock: in the first the target is found and
 * room taken there, in between user memory is copied into it, and in the second
 * the message is queued. Until then it is known to this send alone. For a small
 * message without objects, whose data is there, the first hold does all.
 */
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "state.h"

#define SMALL_BYTES_MAX 128

/* MSG-11 to MSG-18 */
static int read_message(struct liteipc_send *send, u64 out_message)
{
	const struct liteipc_model *model = send->model;
	struct liteipc_header *header = &send->header;

	if (out_message == 0 || liteipc_read_header(model, out_message, header))
		return -EINVAL;
	if (header->type > TOUCHSTONE_MT_FAILED_REPLY)
		return -EINVAL; /* MSG-12 */
	if (header->data_bytes > 0 && header->data == 0)
		return -EINVAL; /* MSG-13 */
	if (header->object_count > 0 && header->offsets == 0)
		return -EINVAL; /* MSG-14 */
	if (header->data_bytes > model->data_bytes_max)
		return -EINVAL; /* MSG-15 */
	if (header->object_count > model->objects_max)
		return -EINVAL; /* MSG-16 */
	if (header->data_bytes < header->object_count * model->object_bytes)
		return -EINVAL; /* MSG-17 */
	return 0;
}

static u8 *data_of(const struct liteipc_send *send)
{
	return liteipc_block_memory(send->pool, &send->message->block) +
	       send->pool->model->header_bytes;
}

/* locked: whether that is all that has to be copied. */
static bool copy_small(const struct liteipc_send *send)
{
	const struct liteipc_header *header = &send->header;

	return header->object_count == 0 && header->data_bytes <= SMALL_BYTES_MAX &&
	       liteipc_copy_at_once(data_of(send), header->data, header->data_bytes);
}

/* MSG-31, MSG-32, into the room at the target */
static int copy_in(const struct liteipc_send *send)
{
	const struct liteipc_header *header = &send->header;
	u8 *data = data_of(send);

	if (header->data_bytes > 0 &&
	    copy_from_user(data, u64_to_user_ptr(header->data), header->data_bytes))
		return -EFAULT;
	data += ALIGN(header->data_bytes, 4);
	if (header->object_count > 0 &&
	    copy_from_user(data, u64_to_user_ptr(header->offsets),
			   (size_t)header->object_count * sizeof(u32)))
		return -EFAULT;
	return 0;
}

/* MSG-35, ACC-12: also if an object then fails the send */
static int make_target_state(struct liteipc_send *send)
{
	bool is_alive;

	spin_lock(&liteipc_lock);
	is_alive = !!send->target->task;
	if (is_alive)
		send->target->has_state = true;
	spin_unlock(&liteipc_lock);
	return is_alive ? 0 : -EINVAL;
}

static int fill(struct liteipc_send *send)
{
	int error = copy_in(send);

	if (error == 0 && send->is_to_cms)
		error = liteipc_judge_cms_request(send);
	if (error || send->header.object_count == 0)
		return error;
	error = make_target_state(send);
	return error ? error : liteipc_carry_objects(send);
}

/* What was found in the first hold: does it still hold? */
static int judge_again(const struct liteipc_send *send)
{
	const struct liteipc_task *target = send->target;

	if (!target->task || !target->process->is_open)
		return -EINVAL;
	if (target->process->pool != send->pool)
		return -ENOMEM;
	if (target->process->file_count + send->message->file_count > liteipc_files_max)
		return -ENOMEM;
	return 0;
}

/* MSG-20, MSG-38 to MSG-40, RCV-15. The sender's ids follow at the receive,
 * in the receiver's user namespace.
 */
static void describe(struct liteipc_send *send)
{
	struct liteipc_message *message = send->message;
	const struct liteipc_model *model = send->pool->model;
	struct liteipc_header *header = &send->header;
	u64 address = liteipc_block_address(send->pool, &message->block) + model->header_bytes;

	if (header->type == TOUCHSTONE_MT_REQUEST)
		header->timestamp = liteipc_stamp();
	header->data = header->data_bytes > 0 ? address : 0;
	header->offsets = header->object_count > 0 ? address + ALIGN(header->data_bytes, 4) : 0;
	message->type = header->type;
	message->flag = header->flag;
	message->timestamp = header->timestamp;
	message->jiffies = jiffies;
	message->sender = liteipc_task_get(send->sender);
	message->sender_process = send->process->id;
	message->sender_task = send->sender->id;
	message->sender_user = current_euid();
	message->sender_group = current_egid();
	liteipc_encode_header(model, liteipc_block_memory(send->pool, &message->block), header);
}

/* MSG-8; locked */
static void free_returned(struct liteipc_send *send)
{
	struct liteipc_block *block = send->returned;

	if (block && block->message) {
		liteipc_block_give(send->returned_pool, block);
		liteipc_message_keep(send->process, block->message);
	} else if (block) {
		liteipc_block_free(send->returned_pool, block);
	}
	if (block)
		liteipc_pool_put(send->returned_pool);
	send->returned = NULL;
}

/* Queues it (MSG-36), or undoes it; locked */
static int finish(struct liteipc_send *send, int error)
{
	if (error) {
		liteipc_message_drop(send->message);
		return error;
	}
	describe(send);
	send->target->has_state = true;
	liteipc_message_queue(send->target, send->message);
	return 0;
}

/* locked */
static int send_small(struct liteipc_send *send)
{
	return finish(send, send->is_to_cms ? liteipc_judge_cms_request(send) : 0);
}

/* locked when called and when it returns */
static int send_large(struct liteipc_send *send)
	__must_hold(&liteipc_lock)
{
	struct liteipc_pool *pool = send->pool;
	int error;

	liteipc_pool_get(pool);
	spin_unlock(&liteipc_lock);
	error = fill(send);
	spin_lock(&liteipc_lock);
	error = finish(send, error ? error : judge_again(send));
	liteipc_pool_put(pool);
	return error;
}

/* --- the whole call --- */

/* MSG-5 to MSG-10; locked. The pool is held until the buffer is freed. */
static int return_buffer(struct liteipc_send *send, u64 address)
{
	struct liteipc_pool *pool = send->process->pool;
	int error = -ENOMEM;

	if (pool)
		error = liteipc_block_return(pool, address, &send->returned);
	if (error == 0) {
		send->returned_pool = pool;
		liteipc_pool_get(pool);
	}
	return error;
}

/* locked; may be called again after -EAGAIN */
static int return_and_find(struct liteipc_send *send, const struct liteipc_content *content,
			   int prepared)
{
	int error = 0;

	if ((content->flag & TOUCHSTONE_BUFF_FREE) && !send->returned)
		error = return_buffer(send, content->buffer);
	if (error == 0)
		error = prepared;
	return error ? error : liteipc_find_target(send);
}

/* locked when called and when it returns */
static int find_with_spare(struct liteipc_send *send, const struct liteipc_content *content,
			   int prepared)
	__must_hold(&liteipc_lock)
{
	int error;

	spin_unlock(&liteipc_lock);
	send->spare = liteipc_task_new();
	spin_lock(&liteipc_lock);
	error = send->spare ? return_and_find(send, content, prepared) : -ENOMEM;
	kfree(send->spare);
	send->spare = NULL;
	return error;
}

/* What needs no lock. An error is told only when the buffer was judged. */
static int prepare(struct liteipc_send *send, u64 out_message)
{
	int error = read_message(send, out_message);

	if (error)
		return error;
	send->message = liteipc_message_new(send->process, send->header.object_count);
	return send->message && send->sender ? 0 : -ENOMEM;
}

static int free_and_send(struct liteipc_send *send, const struct liteipc_content *content)
{
	const int prepared = prepare(send, content->out_message);
	int error;

	spin_lock(&liteipc_lock);
	error = return_and_find(send, content, prepared);
	if (error == -EAGAIN)
		error = find_with_spare(send, content, prepared);
	if (error == 0)
		error = copy_small(send) ? send_small(send) : send_large(send);
	else if (send->message)
		liteipc_message_free(send->message);
	free_returned(send);
	spin_unlock(&liteipc_lock);
	return error;
}

static int free_buffer(struct liteipc_send *send, u64 address)
{
	int error;

	spin_lock(&liteipc_lock);
	error = return_buffer(send, address);
	free_returned(send);
	spin_unlock(&liteipc_lock);
	return error;
}

/* MSG-1 to MSG-4 */
static int read_content(const struct liteipc_process *process, const struct liteipc_model *model,
			u64 argument, struct liteipc_content *content)
{
	if (argument == 0 || !READ_ONCE(process->instance->cms_is_set))
		return -EINVAL;
	return liteipc_read_content(model, argument, content) ? -EINVAL : 0;
}

long liteipc_send_receive(struct liteipc_process *process, struct liteipc_task *task,
			  const struct liteipc_model *model, u64 argument)
{
	struct liteipc_send send LITEIPC_UNINITIALIZED;
	struct liteipc_content content;
	int error = read_content(process, model, argument, &content);

	if (error)
		return error;
	send.model = model;
	send.process = process;
	send.sender = task ? task : liteipc_task_of_caller(process);
	send.returned = NULL;
	send.message = NULL;
	send.spare = NULL;
	if (content.flag & TOUCHSTONE_SEND)
		error = free_and_send(&send, &content);
	else if (content.flag & TOUCHSTONE_BUFF_FREE)
		error = free_buffer(&send, content.buffer);
	if (error || !(content.flag & TOUCHSTONE_RECV))
		return error; /* MSG-37 */
	if (content.flag & TOUCHSTONE_SEND)
		return liteipc_receive(send.sender, model, argument, &send);
	error = liteipc_receive(send.sender, model, argument, NULL);
	/* Only a plain receive can be made again when a signal has ended it. */
	if (error == -EINTR && !(content.flag & TOUCHSTONE_BUFF_FREE))
		error = -ERESTARTSYS;
	return error;
}
