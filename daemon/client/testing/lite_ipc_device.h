/* lite_ipc_device.h: LiteIPC's device file as a program for a board sees it: what its calls take
 * and give, laid out by whatever compiler reads this.  Nothing of a daemon or a library. */
#ifndef LITE_IPC_DEVICE_H
#define LITE_IPC_DEVICE_H

#include <stdint.h>
#include <sys/ioctl.h>

#define LITE_IPC_DRIVER "/dev/lite_ipc"
#define LITE_IPC_POOL_BYTES_MAX 262144

enum { LITE_IPC_REQUEST, LITE_IPC_REPLY, LITE_IPC_FAILED_REPLY, LITE_IPC_DEATH_NOTIFY };
enum { LITE_IPC_DEFAULT, LITE_IPC_ONEWAY };
enum { LITE_IPC_SEND = 1, LITE_IPC_RECEIVE = 2, LITE_IPC_FREE = 4 };
enum { LITE_IPC_OBJECT_FD, LITE_IPC_OBJECT_BUFFER, LITE_IPC_OBJECT_SERVICE };
enum { LITE_IPC_GEN_HANDLE, LITE_IPC_REMOVE_HANDLE, LITE_IPC_ADD_ACCESS };

struct lite_ipc_service {
  uint32_t handle; /* 0 is the service manager */
  uint32_t token;
  uint32_t cookie;
};

struct lite_ipc_message {
  uint32_t type;
  struct lite_ipc_service target;
  uint32_t code;
  uint32_t flag;
  uint64_t timestamp; /* of the request; the reply repeats it */
  uint32_t data_bytes;
  void* data;
  uint32_t object_count;
  void* offsets;       /* of the objects in the data, 32 bits each */
  uint32_t process_id; /* these four: of the sender */
  uint32_t task_id;
  uint32_t user_id;
  uint32_t group_id;
};

struct lite_ipc_object {
  uint32_t type;
  union {
    uint32_t fd;
    struct {
      uint32_t bytes;
      void* at;
    } buffer;
    struct lite_ipc_service service;
  } content;
};

struct lite_ipc_content {
  uint32_t flags;
  struct lite_ipc_message* out;
  struct lite_ipc_message* in; /* received: in the pool, until it is freed */
  void* free;
};

struct lite_ipc_cms_command {
  uint32_t command;
  uint32_t task;
  uint32_t service;
};

struct lite_ipc_version {
  int32_t driver;
};

#define LITE_IPC_SET_CMS _IO('i', 1) /* the argument is a number: bytes of a request at most */
#define LITE_IPC_CMS_COMMAND _IOWR('i', 2, struct lite_ipc_cms_command)
#define LITE_IPC_SET_IPC_THREAD _IO('i', 3)
#define LITE_IPC_SEND_RECEIVE_MESSAGE _IOWR('i', 4, struct lite_ipc_content)
#define LITE_IPC_GET_VERSION _IOR('i', 5, struct lite_ipc_version)

#endif
