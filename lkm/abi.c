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

/* Each field by itself: copy_from_user() is made for more than these few bytes.
 * The last one is always among them, as all of a structure must be there.
 */
#define READ_CONTENT(content, raw) do {					\
	unsafe_get_user((content)->flag, &(raw)->flag, fault);		\
	unsafe_get_user((content)->out_message, &(raw)->out_message, fault); \
	unsafe_get_user((content)->buffer, &(raw)->buffer_to_free, fault); \
} while (0)

int liteipc_read_content(const struct liteipc_model *model, u64 from,
			 struct liteipc_content *content)
{
	const struct touchstone_content32 __user *ilp32 = u64_to_user_ptr(from);
	const struct touchstone_content64 __user *lp64 = u64_to_user_ptr(from);

	if (!user_read_access_begin(ilp32, model->is_ilp32 ? sizeof(*ilp32) : sizeof(*lp64)))
		return -EFAULT;
	if (model->is_ilp32)
		READ_CONTENT(content, ilp32);
	else
		READ_CONTENT(content, lp64);
	user_read_access_end();
	return 0;

fault:
	user_read_access_end();
	return -EFAULT;
}

int liteipc_store_received(const struct liteipc_model *model, u64 content,
			   u64 message)
{
	struct touchstone_content32 __user *ilp32 = u64_to_user_ptr(content);
	struct touchstone_content64 __user *lp64 = u64_to_user_ptr(content);

	if (model->is_ilp32)
		return put_user((u32)message, &ilp32->in_message);
	return put_user(message, &lp64->in_message);
}

bool liteipc_copy_at_once(void *to, u64 from, u32 bytes)
{
	const u8 __user *next = u64_to_user_ptr(from);
	bool is_done = false;

	if (bytes == 0)
		return true;
	pagefault_disable();
	if (!user_read_access_begin(next, bytes))
		goto out;
	for (; bytes >= sizeof(u64); bytes -= sizeof(u64)) {
		unsafe_get_user(*(u64 *)to, (const u64 __user *)next, fault);
		to += sizeof(u64);
		next += sizeof(u64);
	}
	for (; bytes > 0; bytes--)
		unsafe_get_user(*(u8 *)to++, next++, fault);
	is_done = true;
fault:
	user_read_access_end();
out:
	pagefault_enable();
	return is_done;
}

bool liteipc_store_at_once(const struct liteipc_model *model, u64 content, u64 message)
{
	bool is_done;

	pagefault_disable();
	is_done = liteipc_store_received(model, content, message) == 0;
	pagefault_enable();
	return is_done;
}

/* Both data models have these fields, under the same names. */
#define READ_HEADER(header, raw, last) do {				\
	unsafe_get_user((header)->type, &(raw)->type, fault);		\
	unsafe_get_user((header)->target, &(raw)->target_handle, fault); \
	unsafe_get_user((header)->token, &(raw)->target_token, fault);	\
	unsafe_get_user((header)->cookie, &(raw)->target_cookie, fault); \
	unsafe_get_user((header)->code, &(raw)->code, fault);		\
	unsafe_get_user((header)->flag, &(raw)->flag, fault);		\
	unsafe_get_user((header)->timestamp, &(raw)->timestamp, fault);	\
	unsafe_get_user((header)->data_bytes, &(raw)->data_size, fault); \
	unsafe_get_user((header)->data, &(raw)->data, fault);		\
	unsafe_get_user((header)->object_count, &(raw)->object_count, fault); \
	unsafe_get_user((header)->offsets, &(raw)->offsets, fault);	\
	unsafe_get_user(last, &(raw)->group_id, fault);			\
} while (0)

#define WRITE_HEADER(raw, header) do {			\
	(raw)->type = (header)->type;			\
	(raw)->target_handle = (header)->target;	\
	(raw)->target_token = (header)->token;		\
	(raw)->target_cookie = (header)->cookie;	\
	(raw)->code = (header)->code;			\
	(raw)->flag = (header)->flag;			\
	(raw)->timestamp = (header)->timestamp;		\
	(raw)->data_size = (header)->data_bytes;	\
	(raw)->data = (header)->data;			\
	(raw)->object_count = (header)->object_count;	\
	(raw)->offsets = (header)->offsets;		\
} while (0)

int liteipc_read_header(const struct liteipc_model *model, u64 from,
			struct liteipc_header *header)
{
	const struct touchstone_message32 __user *ilp32 = u64_to_user_ptr(from);
	const struct touchstone_message64 __user *lp64 = u64_to_user_ptr(from);
	u32 last;

	if (!user_read_access_begin(ilp32, model->header_bytes))
		return -EFAULT;
	if (model->is_ilp32)
		READ_HEADER(header, ilp32, last);
	else
		READ_HEADER(header, lp64, last);
	user_read_access_end();
	return 0;

fault:
	user_read_access_end();
	return -EFAULT;
}

/* The sender's ids follow by liteipc_encode_sender(). */
void liteipc_encode_header(const struct liteipc_model *model, void *to,
			   const struct liteipc_header *header)
{
	struct touchstone_message32 *ilp32 = to;
	struct touchstone_message64 *lp64 = to;

	if (model->is_ilp32) {
		WRITE_HEADER(ilp32, header);
	} else {
		WRITE_HEADER(lp64, header);
		lp64->data_padding = 0;
		lp64->object_padding = 0;
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
