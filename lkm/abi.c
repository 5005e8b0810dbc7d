// SPDX-License-Identifier: GPL-2.0
/*
 * Reads and writes the structures of spec/10-abi.md in the data model of the
 * caller or the receiver. Judges nothing.
 */
#include <linux/align.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "state.h"

#ifdef __BIG_ENDIAN
#error "the structures of LiteIPC are little endian"
#endif

static_assert(sizeof(struct touchstone_message32) == 64);
static_assert(sizeof(struct touchstone_message64) == 80);
static_assert(sizeof(struct touchstone_content32) == 16);
static_assert(sizeof(struct touchstone_content64) == 32);
static_assert(sizeof(struct touchstone_object32) == 16);
static_assert(sizeof(struct touchstone_object64) == 24);
static_assert(sizeof(struct touchstone_cms_command) == 12);
static_assert(sizeof(struct touchstone_version) == 4);

const struct liteipc_model liteipc_ilp32 = {
	.name = "ilp32",
	.is_ilp32 = true,
	.header_bytes = sizeof(struct touchstone_message32),
	.object_bytes = sizeof(struct touchstone_object32),
	.data_bytes_max = TOUCHSTONE_DATA_BYTES_MAX_32,
	.objects_max = TOUCHSTONE_OBJECTS_MAX_32,
	.send_recv_command = TOUCHSTONE_IPC_SEND_RECV_MSG_32,
};

#ifdef CONFIG_64BIT
const struct liteipc_model liteipc_lp64 = {
	.name = "lp64",
	.is_ilp32 = false,
	.header_bytes = sizeof(struct touchstone_message64),
	.object_bytes = sizeof(struct touchstone_object64),
	.data_bytes_max = TOUCHSTONE_DATA_BYTES_MAX_64,
	.objects_max = TOUCHSTONE_OBJECTS_MAX_64,
	.send_recv_command = TOUCHSTONE_IPC_SEND_RECV_MSG_64,
};
#endif

/* LIM-10: 0x01000000 below the start of the kernel's address space. For a
 * program of 32 bits on a 64-bit kernel a parameter says where that is.
 */
u64 liteipc_user_end(const struct liteipc_model *model)
{
	if (IS_ENABLED(CONFIG_64BIT) && model->is_ilp32)
		return liteipc_ilp32_user_end;
	return ALIGN((u64)TASK_SIZE_MAX, SZ_16M) - SZ_16M;
}

int liteipc_read_content(const struct liteipc_model *model, u64 from,
			 struct liteipc_content *content)
{
	union {
		struct touchstone_content32 ilp32;
		struct touchstone_content64 lp64;
	} raw;

	if (model->is_ilp32) {
		if (copy_from_user(&raw.ilp32, u64_to_user_ptr(from), sizeof(raw.ilp32)))
			return -EFAULT;
		content->flag = raw.ilp32.flag;
		content->out_message = raw.ilp32.out_message;
		content->buffer = raw.ilp32.buffer_to_free;
	} else {
		if (copy_from_user(&raw.lp64, u64_to_user_ptr(from), sizeof(raw.lp64)))
			return -EFAULT;
		content->flag = raw.lp64.flag;
		content->out_message = raw.lp64.out_message;
		content->buffer = raw.lp64.buffer_to_free;
	}
	return 0;
}

int liteipc_store_received(const struct liteipc_model *model, u64 content,
			   u64 message)
{
	u32 low = (u32)message;

	if (model->is_ilp32) {
		content += offsetof(struct touchstone_content32, in_message);
		return put_user(low, (u32 __user *)u64_to_user_ptr(content));
	}
	content += offsetof(struct touchstone_content64, in_message);
	return put_user(message, (u64 __user *)u64_to_user_ptr(content));
}

/* Both data models have these fields, under the same names. */
#define RAW_HEADER(header) {				\
	.type = (header)->type,				\
	.target_handle = (header)->target,		\
	.target_token = (header)->token,		\
	.target_cookie = (header)->cookie,		\
	.code = (header)->code,				\
	.flag = (header)->flag,				\
	.timestamp = (header)->timestamp,		\
	.data_size = (header)->data_bytes,		\
	.data = (header)->data,				\
	.object_count = (header)->object_count,		\
	.offsets = (header)->offsets,			\
}

#define DECODED_HEADER(raw) ((struct liteipc_header) {	\
	.type = (raw)->type,				\
	.target = (raw)->target_handle,			\
	.token = (raw)->target_token,			\
	.cookie = (raw)->target_cookie,			\
	.code = (raw)->code,				\
	.flag = (raw)->flag,				\
	.timestamp = (raw)->timestamp,			\
	.data_bytes = (raw)->data_size,			\
	.data = (raw)->data,				\
	.object_count = (raw)->object_count,		\
	.offsets = (raw)->offsets,			\
})

int liteipc_read_header(const struct liteipc_model *model, u64 from,
			struct liteipc_header *header)
{
	union {
		struct touchstone_message32 ilp32;
		struct touchstone_message64 lp64;
	} raw;

	if (model->is_ilp32) {
		if (copy_from_user(&raw.ilp32, u64_to_user_ptr(from), sizeof(raw.ilp32)))
			return -EFAULT;
		*header = DECODED_HEADER(&raw.ilp32);
	} else {
		if (copy_from_user(&raw.lp64, u64_to_user_ptr(from), sizeof(raw.lp64)))
			return -EFAULT;
		*header = DECODED_HEADER(&raw.lp64);
	}
	return 0;
}

/* The sender's ids are zero in it until liteipc_encode_sender(). */
void liteipc_encode_header(const struct liteipc_model *model, void *to,
			   const struct liteipc_header *header)
{
	if (model->is_ilp32) {
		const struct touchstone_message32 raw = RAW_HEADER(header);

		memcpy(to, &raw, sizeof(raw));
	} else {
		const struct touchstone_message64 raw = RAW_HEADER(header);

		memcpy(to, &raw, sizeof(raw));
	}
}

void liteipc_encode_sender(const struct liteipc_model *model, void *to,
			   const struct liteipc_sender *sender)
{
	static_assert(offsetof(struct touchstone_message32, process_id) +
			      sizeof(*sender) == sizeof(struct touchstone_message32));
	static_assert(offsetof(struct touchstone_message64, process_id) +
			      sizeof(*sender) == sizeof(struct touchstone_message64));

	memcpy(to + model->header_bytes - sizeof(*sender), sender, sizeof(*sender));
}

/* Objects need no alignment, OBJ-5. */
void liteipc_decode_object(const struct liteipc_model *model, const void *from,
			   struct liteipc_object *object)
{
	union {
		struct touchstone_object32 ilp32;
		struct touchstone_object64 lp64;
	} raw;

	memcpy(&raw, from, model->object_bytes);
	if (model->is_ilp32) {
		object->type = raw.ilp32.type;
		object->fd = raw.ilp32.first.fd;
		object->bytes = raw.ilp32.first.size;
		object->pointer = raw.ilp32.second.pointer;
		object->handle = raw.ilp32.first.handle;
		object->token = raw.ilp32.second.token;
	} else {
		object->type = raw.lp64.type;
		object->fd = raw.lp64.first.fd;
		object->bytes = raw.lp64.first.size;
		object->pointer = raw.lp64.second.pointer;
		object->handle = raw.lp64.first.service.handle;
		object->token = raw.lp64.first.service.token;
	}
}

/* FD and SVC have their first word in one place. */
static void encode_first(const struct liteipc_model *model, void *to, u32 word)
{
	to += model->is_ilp32 ? offsetof(struct touchstone_object32, first) :
				offsetof(struct touchstone_object64, first);
	memcpy(to, &word, sizeof(word));
}

void liteipc_encode_fd(const struct liteipc_model *model, void *to, u32 fd)
{
	encode_first(model, to, fd);
}

void liteipc_encode_handle(const struct liteipc_model *model, void *to,
			   u32 handle)
{
	encode_first(model, to, handle);
}

void liteipc_encode_pointer(const struct liteipc_model *model, void *to,
			    u64 pointer)
{
	u32 low = (u32)pointer;

	if (model->is_ilp32)
		memcpy(to + offsetof(struct touchstone_object32, second), &low, sizeof(low));
	else
		memcpy(to + offsetof(struct touchstone_object64, second), &pointer,
		       sizeof(pointer));
}
