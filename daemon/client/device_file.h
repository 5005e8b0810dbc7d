/* device_file.h: which file is the device: the socket that the daemon listens on, and descriptors
 * of it, however the process came by them.  Connects to nothing. */
#ifndef LITE_IPC_DEVICE_FILE_H
#define LITE_IPC_DEVICE_FILE_H

#ifdef __cplusplus
extern "C" {
#endif

/* Where the daemon listens: the path that was said first, else $LITE_IPC_SOCKET, else
 * LITEIPCD_SOCKET_DEFAULT.  Absolute; stays as it is from the first use on. */
const char* lite_ipc_socket_path(void);

/* NULL, or the name of the device, leaves the path to lite_ipc_socket_path().  0, or an errno:
 * EBUSY where the process uses another path. */
int lite_ipc_use_path(const char* path);
/* What a program calls the device: $LITE_IPC_DEVICE, else /dev/lite_ipc. */
const char* lite_ipc_device_name(void);

/* A descriptor of the socket file as it is now, which is the device from here on.  Or minus an
 * errno: ENODEV where the file is no socket. */
int lite_ipc_open_device(int close_on_exec);

/* Whether the descriptor was found to be the device since it was last forgotten; costs nothing. */
int lite_ipc_is_known_device(int descriptor);
/* Whether it is. */
int lite_ipc_find_device(int descriptor);
void lite_ipc_forget_device(int descriptor);

#ifdef __cplusplus
}
#endif

#endif
