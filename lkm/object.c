// SPDX-License-Identifier: GPL-2.0
/*
 * Special objects (spec/5-object.md): what each one is to the sender, and
 * what it becomes at the receiver. They are read where they lie in the
 * receiver's pool, which nobody but this send can write to.
 *
 * A descriptor gets its number at the receiver only when the message is
 * received, in the receiver's own call: nobody can be given one from outside.
 */
#include <linux/file.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "state.h"

static u8 *data_of(const struct liteipc_send *send)
{
	return liteipc_block_memory(send->pool, &send->message->block) +
	       send->pool->model->header_bytes;
}

static const u32 *offsets_of(const struct liteipc_send *send)
{
	return (const u32 *)(data_of(send) + ALIGN(send->header.data_bytes, 4));
}

/* OBJ-1, OBJ-2; MSG-17 says that the data is not smaller than an object */
static int judge_offset(const struct liteipc_send *send, u32 index)
{
	const u32 *offsets = offsets_of(send);

	if (offsets[index] > send->header.data_bytes - send->model->object_bytes)
		return -EINVAL;
	if (index > 0 && offsets[index] < offsets[index - 1] + send->model->object_bytes)
		return -EINVAL;
	return 0;
}

int liteipc_judge_cms_request(const struct liteipc_send *send)
{
	u64 bytes = (u64)send->model->header_bytes + send->header.data_bytes +
		    (u64)send->header.object_count * sizeof(u32);
	struct liteipc_object object;
	u32 i;

	for (i = 0; i < send->header.object_count; i++)
		if (judge_offset(send, i))
			return -EINVAL; /* OBJ-4 */
	for (i = 0; i < send->header.object_count; i++) {
		liteipc_decode_object(send->model, data_of(send) + offsets_of(send)[i], &object);
		if (object.type == TOUCHSTONE_OBJ_PTR)
			bytes += object.bytes; /* MSG-34 */
	}
	return bytes > send->process->instance->cms_bytes_max ? -EINVAL : 0;
}

/* OBJ-7, OBJ-8 */
static int carry_fd(struct liteipc_send *send, const struct liteipc_object *object,
		    struct liteipc_carried *carried)
{
	if (send->message->file_count >= liteipc_files_max)
		return -ENOMEM;
	carried->file = fget_raw(object->fd);
	if (!carried->file)
		return -EBADF;
	send->message->file_count++;
	return 0;
}

/* OBJ-9 to OBJ-13 */
static int carry_buffer(struct liteipc_send *send, const struct liteipc_object *object,
			struct liteipc_carried *carried, void *place)
{
	struct liteipc_block *block;
	bool has_room;

	if (object->pointer == 0 || object->bytes == 0)
		return -EINVAL;
	if (object->pointer < LITEIPC_USER_START ||
	    object->pointer >= liteipc_user_end(send->model))
		return -EINVAL; /* OBJ-10 */
	block = kzalloc(sizeof(*block), GFP_KERNEL_ACCOUNT);
	if (!block)
		return -ENOMEM;
	spin_lock(&liteipc_lock);
	has_room = liteipc_block_take(send->pool, block, object->bytes);
	spin_unlock(&liteipc_lock);
	if (!has_room) {
		kfree(block);
		return -EINVAL; /* OBJ-11 */
	}
	carried->block = block;
	if (copy_from_user(liteipc_block_memory(send->pool, block),
			   u64_to_user_ptr(object->pointer), object->bytes))
		return -EFAULT; /* OBJ-12 */
	liteipc_encode_pointer(send->model, place, liteipc_block_address(send->pool, block));
	return 0;
}

/* OBJ-17, OBJ-18; locked, in an RCU read section. A task of the sender's own
 * process may have done nothing yet: takes *spare for it.
 */
static int find_service(const struct liteipc_send *send, u32 handle,
			struct liteipc_task **service, struct liteipc_task **spare)
{
	struct task_struct *task = liteipc_live_task(send->process->instance, handle);
	int error;

	if (!task)
		return -EINVAL;
	*service = liteipc_task_find(task);
	if (*service)
		return liteipc_may_call(send->process, *service) ? 0 : -EACCES;
	if (task->signal != current->signal)
		return -EACCES;
	if (!*spare)
		return -ENOMEM;
	error = liteipc_task_add(send->process, task, *spare);
	if (error == 0) {
		*service = *spare;
		*spare = NULL;
	}
	return error;
}

/* ACC-13, OBJ-20; locked */
static int give_service(struct liteipc_send *send, struct liteipc_task *service,
			struct liteipc_access **spare)
{
	int error;

	if (!send->target->task)
		return -EINVAL;
	error = liteipc_access_give(send->target->process, service, spare);
	if (error == 0)
		service->has_state = true;
	return error;
}

/* OBJ-14 to OBJ-20 */
static int carry_service(struct liteipc_send *send, const struct liteipc_object *object,
			 void *place)
{
	struct liteipc_instance *instance = send->process->instance;
	const bool is_self = object->handle == TOUCHSTONE_SELF_HANDLE;
	struct liteipc_task *service = send->sender;
	struct liteipc_task *spare_task;
	struct liteipc_access *spare;
	int error = 0;

	if (is_self && (object->token != TOUCHSTONE_SELF_TOKEN || service == instance->cms))
		return -EINVAL;
	spare = liteipc_access_new();
	spare_task = liteipc_task_new();
	spin_lock(&liteipc_lock);
	rcu_read_lock();
	if (!is_self)
		error = find_service(send, object->handle, &service, &spare_task);
	if (error == 0)
		error = give_service(send, service, &spare);
	if (error == 0)
		liteipc_encode_handle(send->model, place, service->id);
	rcu_read_unlock();
	spin_unlock(&liteipc_lock);
	liteipc_access_free(spare);
	kfree(spare_task);
	return error;
}

static int carry_one(struct liteipc_send *send, u32 offset)
{
	struct liteipc_message *message = send->message;
	struct liteipc_carried *carried = &message->carried[message->carried_count];
	void *place = data_of(send) + offset;
	struct liteipc_object object;

	carried->offset = offset;
	message->carried_count++;
	liteipc_decode_object(send->model, place, &object);
	switch (object.type) {
	case TOUCHSTONE_OBJ_FD:
		return carry_fd(send, &object, carried);
	case TOUCHSTONE_OBJ_PTR:
		return carry_buffer(send, &object, carried, place);
	case TOUCHSTONE_OBJ_SVC:
		return carry_service(send, &object, place);
	}
	return -EINVAL; /* OBJ-6 */
}

/* OBJ-3. What the first ones have made is undone with the message. */
int liteipc_carry_objects(struct liteipc_send *send)
{
	int error = 0;
	u32 i;

	for (i = 0; i < send->header.object_count && error == 0; i++) {
		error = judge_offset(send, i);
		if (error == 0)
			error = carry_one(send, offsets_of(send)[i]);
	}
	return error;
}
