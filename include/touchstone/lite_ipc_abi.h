/* lite_ipc_abi.h: the numbers and byte layouts of LiteIPC's device calls, for a plug-in written in
 * C: command words, sizes, flags, errno numbers and structures for both data models.  The contract
 * in words is spec/10-abi.md; this holds no function and no behaviour.
 *
 * All integers are little endian.  Pointers in the structures are user addresses as numbers: go
 * through your own user memory to reach what they point to, and expect any value in them. */
#ifndef TOUCHSTONE_LITE_IPC_ABI_H
#define TOUCHSTONE_LITE_IPC_ABI_H

#include <stdint.h>

/* Command words of ioctl.  The whole word counts; any other one is unknown. */
#define TOUCHSTONE_IPC_SET_CMS 0x00006901u          /* the argument is the number itself */
#define TOUCHSTONE_IPC_CMS_CMD 0xc00c6902u          /* struct touchstone_cms_command */
#define TOUCHSTONE_IPC_SET_IPC_THREAD 0x00006903u   /* no argument */
#define TOUCHSTONE_IPC_SEND_RECV_MSG_32 0xc0106904u /* struct touchstone_content32 */
#define TOUCHSTONE_IPC_SEND_RECV_MSG_64 0xc0206904u /* struct touchstone_content64 */
#define TOUCHSTONE_IPC_GET_VERSION 0x80046905u      /* struct touchstone_version */

/* The version word: major in the low half, minor in the high half. */
#define TOUCHSTONE_DRIVER_VERSION 2u

/* Bits of the field `flag` of struct touchstone_content..; other bits mean nothing. */
#define TOUCHSTONE_SEND 1u
#define TOUCHSTONE_RECV 2u
#define TOUCHSTONE_BUFF_FREE 4u

/* Message types, and the field `flag` of a message. */
#define TOUCHSTONE_MT_REQUEST 0u
#define TOUCHSTONE_MT_REPLY 1u
#define TOUCHSTONE_MT_FAILED_REPLY 2u
#define TOUCHSTONE_MT_DEATH_NOTIFY 3u
#define TOUCHSTONE_FLAG_DEFAULT 0u
#define TOUCHSTONE_FLAG_ONEWAY 1u

/* Object types in a message. */
#define TOUCHSTONE_OBJ_FD 0u
#define TOUCHSTONE_OBJ_PTR 1u
#define TOUCHSTONE_OBJ_SVC 2u

/* CMS commands. */
#define TOUCHSTONE_CMS_GEN_HANDLE 0u
#define TOUCHSTONE_CMS_REMOVE_HANDLE 1u
#define TOUCHSTONE_CMS_ADD_ACCESS 2u

#define TOUCHSTONE_CMS_HANDLE 0u           /* the CMS as a target */
#define TOUCHSTONE_SELF_HANDLE 0xffffffffu /* the sender itself, in a service object */
#define TOUCHSTONE_SELF_TOKEN 1u           /* the token that goes with it */

/* Bits of `protection` and `flags` of mmap. */
#define TOUCHSTONE_PROT_READ 1u
#define TOUCHSTONE_PROT_WRITE 2u
#define TOUCHSTONE_PROT_EXEC 4u
#define TOUCHSTONE_MAP_SHARED 1u
#define TOUCHSTONE_MAP_PRIVATE 2u

/* Limits. */
#define TOUCHSTONE_POOL_BYTES_MAX 262144u
#define TOUCHSTONE_CMS_MESSAGE_BYTES_MIN_ILP32 64u /* least argument of SET_CMS, LIM-7 */
#define TOUCHSTONE_CMS_MESSAGE_BYTES_MIN_LP64 80u
#define TOUCHSTONE_REPLY_TIMEOUT_NS 5000000000ull
#define TOUCHSTONE_DATA_BYTES_MAX_32 6553u
#define TOUCHSTONE_OBJECTS_MAX_32 409u
#define TOUCHSTONE_DATA_BYTES_MAX_64 6144u
#define TOUCHSTONE_OBJECTS_MAX_64 256u

/* Errno numbers of the target, whatever the host's <errno.h> says.  Calls return them negated. */
#define TOUCHSTONE_EPERM 1
#define TOUCHSTONE_ENOENT 2
#define TOUCHSTONE_EBADF 9
#define TOUCHSTONE_EAGAIN 11
#define TOUCHSTONE_ENOMEM 12
#define TOUCHSTONE_EACCES 13
#define TOUCHSTONE_EFAULT 14
#define TOUCHSTONE_EEXIST 17
#define TOUCHSTONE_EINVAL 22
#define TOUCHSTONE_ETIME 62

/* The same in both data models. */
struct touchstone_cms_command {
  uint32_t command;
  uint32_t subject; /* a task id: the caller to whom, or the service for which */
  uint32_t service; /* a handle; GEN_HANDLE writes it back */
};

struct touchstone_version {
  uint32_t driver_version;
};

/* ILP32: 32-bit pointers. */
struct touchstone_content32 { /* 16 bytes; SEND_RECV_MSG writes back `in_message` alone */
  uint32_t flag;              /* TOUCHSTONE_SEND, .. */
  uint32_t out_message;       /* user address of the message to send */
  uint32_t in_message;        /* where the received message lies, in the caller's pool */
  uint32_t buffer_to_free;    /* in the caller's pool */
};

struct touchstone_message32 { /* 64 bytes */
  uint32_t type;              /* TOUCHSTONE_MT_.. */
  uint32_t target_handle;     /* a task id, or TOUCHSTONE_CMS_HANDLE */
  uint32_t target_token;
  uint32_t target_cookie;
  uint32_t code;
  uint32_t flag;         /* TOUCHSTONE_FLAG_.. */
  uint64_t timestamp;    /* nanoseconds; set by the kernel in a request */
  uint32_t data_size;    /* bytes */
  uint32_t data;         /* user address; 0 in a received message without data */
  uint32_t object_count; /* entries of the offsets array */
  uint32_t offsets;      /* user address of 32-bit offsets; 0 as above */
  uint32_t process_id;   /* these four: the sender, filled in by the kernel */
  uint32_t task_id;
  uint32_t user_id;
  uint32_t group_id;
};

struct touchstone_object32 { /* 16 bytes */
  uint32_t type;             /* TOUCHSTONE_OBJ_.. */
  union {
    uint32_t fd;
    uint32_t size;   /* PTR: bytes of the buffer */
    uint32_t handle; /* SVC */
  } first;
  union {
    uint32_t pointer; /* PTR: user address of the buffer */
    uint32_t token;   /* SVC */
  } second;
  uint32_t cookie; /* SVC */
};

/* LP64: 64-bit pointers. */
struct touchstone_content64 { /* 32 bytes */
  uint32_t flag;
  uint32_t padding;
  uint64_t out_message;
  uint64_t in_message;
  uint64_t buffer_to_free;
};

struct touchstone_message64 { /* 80 bytes */
  uint32_t type;
  uint32_t target_handle;
  uint32_t target_token;
  uint32_t target_cookie;
  uint32_t code;
  uint32_t flag;
  uint64_t timestamp;
  uint32_t data_size;
  uint32_t data_padding;
  uint64_t data;
  uint32_t object_count;
  uint32_t object_padding;
  uint64_t offsets; /* still 32-bit entries */
  uint32_t process_id;
  uint32_t task_id;
  uint32_t user_id;
  uint32_t group_id;
};

struct touchstone_object64 { /* 24 bytes */
  uint32_t type;
  uint32_t padding;
  union {
    struct touchstone_object64_service {
      uint32_t handle;
      uint32_t token;
    } service;
    uint32_t fd;
    uint32_t size;
  } first;
  union {
    uint64_t pointer;
    uint32_t cookie;
  } second;
};

#endif
