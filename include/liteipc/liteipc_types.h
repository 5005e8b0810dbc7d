/* liteipc_types.h: the structures that user space shares with the LiteIPC device, by their LiteIPC
 * names, in the data model of whoever compiles this.  C11 and C++.  No function and no behaviour.
 */
#ifndef LITEIPC_TYPES_H
#define LITEIPC_TYPES_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Who is called: a service. */
typedef struct {
  uint32_t handle;
  uint32_t token;
  uint32_t cookie;
} SvcIdentity;

/* Bytes that travel beside a message. */
typedef struct {
  uint32_t buffSz;
  void* buff;
} BuffPtr;

typedef enum { OBJ_FD = 0, OBJ_PTR = 1, OBJ_SVC = 2 } ObjType;

typedef union {
  uint32_t fd;
  BuffPtr ptr;
  SvcIdentity svc;
} ObjContent;

/* What stands in a message's data at each offset of its table. */
typedef struct {
  ObjType type;
  ObjContent content;
} SpecialObj;

/* A message, as it is sent and as it is received. */
typedef struct {
  uint32_t type; /* 0 request, 1 reply, 2 failed reply, 3 death notice */
  SvcIdentity target;
  uint32_t code;
  uint32_t flag; /* 0 the sender waits for a reply, 1 one-way */
  uint64_t timestamp;
  uint32_t dataSz;
  void* data;
  uint32_t spObjNum;
  void* offsets;
  uint32_t processID;
  uint32_t taskID;
  uint32_t userID;
  uint32_t gid;
} IpcMsg;

/* The argument of the device call that sends and receives. */
typedef struct {
  uint32_t flag;
  IpcMsg* outMsg;
  IpcMsg* inMsg;
  void* buffToFree;
} IpcContent;

/* The argument of the device call of the service manager. */
typedef struct {
  uint32_t cmd;
  uint32_t taskID;
  uint32_t serviceHandle;
} CmsCmdContent;

#define LITEIPC_IS_SIZE(type, ilp32, lp64) \
  static_assert(sizeof(type) == (sizeof(void*) == 4 ? (ilp32) : (lp64)), #type)
#define LITEIPC_IS_AT(field, ilp32, lp64) \
  static_assert(offsetof(IpcMsg, field) == (sizeof(void*) == 4 ? (ilp32) : (lp64)), #field)

LITEIPC_IS_SIZE(SvcIdentity, 12, 12);
LITEIPC_IS_SIZE(BuffPtr, 8, 16);
LITEIPC_IS_SIZE(ObjContent, 12, 16);
LITEIPC_IS_SIZE(SpecialObj, 16, 24);
LITEIPC_IS_SIZE(IpcMsg, 64, 80);
LITEIPC_IS_SIZE(IpcContent, 16, 32);
LITEIPC_IS_SIZE(CmsCmdContent, 12, 12);
LITEIPC_IS_AT(target, 4, 4);
LITEIPC_IS_AT(code, 16, 16);
LITEIPC_IS_AT(flag, 20, 20);
LITEIPC_IS_AT(timestamp, 24, 24);
LITEIPC_IS_AT(dataSz, 32, 32);
LITEIPC_IS_AT(data, 36, 40);
LITEIPC_IS_AT(spObjNum, 40, 48);
LITEIPC_IS_AT(offsets, 44, 56);
LITEIPC_IS_AT(processID, 48, 64);
LITEIPC_IS_AT(taskID, 52, 68);
LITEIPC_IS_AT(userID, 56, 72);
LITEIPC_IS_AT(gid, 60, 76);

#undef LITEIPC_IS_SIZE
#undef LITEIPC_IS_AT

#ifdef __cplusplus
}
#endif

#endif
