/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The bytes of the calls in both data models (spec/10-abi.md), and the same
 * things as the module works with them. A 64-bit kernel serves programs of
 * both, a 32-bit kernel those of ILP32.
 */
#ifndef LITEIPC_ABI_H
#define LITEIPC_ABI_H

#include <linux/build_bug.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <touchstone/lite_ipc_abi.h>

#define LITEIPC_USER_START 0x01000000u /* LIM-10 */
#define LITEIPC_REPLY_NS TOUCHSTONE_REPLY_TIMEOUT_NS

struct liteipc_model {
	const char *name;
	bool is_ilp32;
	u32 header_bytes; /* LIM-7, ABI-1 */
	u32 object_bytes; /* ABI-3 */
	u32 data_bytes_max; /* LIM-1 */
	u32 objects_max; /* LIM-2 */
	unsigned int send_recv_command; /* ABI-7 */
};

extern const struct liteipc_model liteipc_ilp32;
#ifdef CONFIG_64BIT
extern const struct liteipc_model liteipc_lp64;
#define liteipc_native liteipc_lp64
#else
#define liteipc_native liteipc_ilp32
#endif

/* IpcContent; what is written back goes through liteipc_store_received(). */
struct liteipc_content {
	u32 flag;
	u64 out_message;
	u64 buffer;
};

/* IpcMsg, without what the kernel says of the sender. */
struct liteipc_header {
	u32 type;
	u32 target;
	u32 token;
	u32 cookie;
	u32 code;
	u32 flag;
	u64 timestamp;
	u32 data_bytes;
	u64 data;
	u32 object_count;
	u64 offsets;
};

struct liteipc_sender {
	u32 process;
	u32 task;
	u32 user;
	u32 group;
};

/* SpecialObj; of its fields those of its type mean something. */
struct liteipc_object {
	u32 type;
	u32 fd;
	u32 bytes;
	u64 pointer;
	u32 handle;
	u32 token;
};

int liteipc_read_content(const struct liteipc_model *model, u64 from,
			 struct liteipc_content *content);
int liteipc_store_received(const struct liteipc_model *model, u64 content,
			   u64 message);
/* These two may be called where nothing may sleep. False: not all of the memory is
 * there at the moment, or ever.
 */
bool liteipc_copy_at_once(void *to, u64 from, u32 bytes);
bool liteipc_store_at_once(const struct liteipc_model *model, u64 content, u64 message);
int liteipc_read_header(const struct liteipc_model *model, u64 from,
			struct liteipc_header *header);
void liteipc_encode_header(const struct liteipc_model *model, void *to,
			   const struct liteipc_header *header);
void liteipc_encode_sender(const struct liteipc_model *model, void *to,
			   const struct liteipc_sender *sender);
void liteipc_decode_object(const struct liteipc_model *model, const void *from,
			   struct liteipc_object *object);
void liteipc_encode_fd(const struct liteipc_model *model, void *to, u32 fd);
void liteipc_encode_pointer(const struct liteipc_model *model, void *to,
			    u64 pointer);
void liteipc_encode_handle(const struct liteipc_model *model, void *to,
			   u32 handle);
u64 liteipc_user_end(const struct liteipc_model *model);

#endif
