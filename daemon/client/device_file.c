#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64 /* so that the numbers of files fit in programs of 32 bits too */
#include "daemon/client/device_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/client/descriptor.h"
#include "daemon/client/lock.h"
#include "daemon/protocol.h"

enum { known_max = 1024, path_bytes_max = 4096 };

static char settled_path[path_bytes_max]; /* of the socket; empty: none yet */
static int has_file;                      /* then the device is this one: */
static dev_t file_device;
static ino_t file_number;
static atomic_uchar is_known[known_max]; /* by descriptor */
static atomic_uint forgotten;            /* how many of them were */

const char* lite_ipc_device_name(void) {
  const char* name = getenv("LITE_IPC_DEVICE");
  return name != NULL && *name != '\0' ? name : "/dev/lite_ipc";
}

/* Whatever the working directory will be later. */
static int settle(const char* from) {
  char absolute[path_bytes_max] = "";
  if (*from != '/') {
    if (getcwd(absolute, sizeof absolute - 1) == NULL) return errno;
    strcat(absolute, "/");
  }
  if (strlen(absolute) + strlen(from) >= sizeof absolute) return ENAMETOOLONG;
  strcat(absolute, from);
  if (settled_path[0] == '\0') strcpy(settled_path, absolute);
  return strcmp(settled_path, absolute) == 0 ? 0 : EBUSY;
}

static int settle_default(void) {
  const char* path = getenv("LITE_IPC_SOCKET");
  if (settled_path[0] != '\0') return 0;
  return settle(path != NULL && *path != '\0' ? path : LITEIPCD_SOCKET_DEFAULT);
}

int lite_ipc_use_path(const char* path) {
  const int is_default = path == NULL || strcmp(path, lite_ipc_device_name()) == 0;
  const sigset_t before = lite_ipc_lock();
  const int error = is_default ? settle_default() : settle(path);
  lite_ipc_unlock(&before);
  return error;
}

const char* lite_ipc_socket_path(void) { return settled_path; }

int lite_ipc_open_device(int close_on_exec) {
  const int file = open(settled_path, O_PATH | (close_on_exec ? O_CLOEXEC : 0));
  if (file < 0) return -errno;
  struct stat about;
  const int is_socket = fstat(file, &about) == 0 && S_ISSOCK(about.st_mode);
  if (!is_socket) {
    lite_ipc_close_descriptor(file);
    return -ENODEV;
  }
  const sigset_t before = lite_ipc_lock();
  has_file = 1;
  file_device = about.st_dev;
  file_number = about.st_ino;
  lite_ipc_unlock(&before);
  return file;
}

int lite_ipc_is_known_device(int descriptor) {
  return descriptor >= 0 && descriptor < known_max &&
         atomic_load_explicit(&is_known[descriptor], memory_order_relaxed) != 0;
}

/* A process that was given a descriptor, by an exec or in a message, has not opened the file. */
static int is_device_file(const struct stat* about) {
  struct stat socket_file;
  const sigset_t before = lite_ipc_lock();
  if (!has_file && settle_default() == 0 && stat(settled_path, &socket_file) == 0) {
    has_file = 1;
    file_device = socket_file.st_dev;
    file_number = socket_file.st_ino;
  }
  const int is_it = has_file && about->st_dev == file_device && about->st_ino == file_number;
  lite_ipc_unlock(&before);
  return is_it;
}

int lite_ipc_find_device(int descriptor) {
  if (lite_ipc_is_known_device(descriptor)) return 1;
  const unsigned forgotten_before = atomic_load(&forgotten);
  struct stat about;
  if (fstat(descriptor, &about) != 0 || !S_ISSOCK(about.st_mode)) return 0;
  if (!is_device_file(&about)) return 0;
  if (descriptor < known_max) {
    atomic_store(&is_known[descriptor], 1);
    /* Perhaps this one, before it was known. */
    if (atomic_load(&forgotten) != forgotten_before) atomic_store(&is_known[descriptor], 0);
  }
  return 1;
}

void lite_ipc_forget_device(int descriptor) {
  if (!lite_ipc_is_known_device(descriptor)) return;
  atomic_store(&is_known[descriptor], 0);
  atomic_fetch_add(&forgotten, 1);
}
