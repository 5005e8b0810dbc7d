/* linked.h: included by the compiler before a program for a board, links it with liblite_ipc in
 * place of the device file; nothing else of the program changes. */
#ifndef LITE_IPC_LINKED_H
#define LITE_IPC_LINKED_H

#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/client/lite_ipc.h"

#define open lite_ipc_open
#define mmap lite_ipc_mmap
#define ioctl(device, command, argument) lite_ipc_ioctl(device, command, (uintptr_t)(argument))

#endif
