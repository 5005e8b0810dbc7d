/* layout.h: what the device's calls read and write, in the data model that this is compiled for:
 * the structures of lite_ipc_abi.h under one name each.  No function. */
#ifndef LITE_IPC_LAYOUT_H
#define LITE_IPC_LAYOUT_H

#include <stdint.h>
#include <touchstone/lite_ipc_abi.h>

#if UINTPTR_MAX > 0xffffffffu
#define LITE_IPC_SEND_RECEIVE TOUCHSTONE_IPC_SEND_RECV_MSG_64
#define LITE_IPC_DATA_BYTES_MAX TOUCHSTONE_DATA_BYTES_MAX_64
#define LITE_IPC_OBJECTS_MAX TOUCHSTONE_OBJECTS_MAX_64
typedef struct touchstone_content64 lite_ipc_content;
typedef struct touchstone_message64 lite_ipc_message;
typedef struct touchstone_object64 lite_ipc_object;
#else
#define LITE_IPC_SEND_RECEIVE TOUCHSTONE_IPC_SEND_RECV_MSG_32
#define LITE_IPC_DATA_BYTES_MAX TOUCHSTONE_DATA_BYTES_MAX_32
#define LITE_IPC_OBJECTS_MAX TOUCHSTONE_OBJECTS_MAX_32
typedef struct touchstone_content32 lite_ipc_content;
typedef struct touchstone_message32 lite_ipc_message;
typedef struct touchstone_object32 lite_ipc_object;
#endif

#endif
