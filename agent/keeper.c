#define _GNU_SOURCE
#include "agent/keeper.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/device.h"

/* The system reads: what is not mapped is an errno and no signal. */
static int64_t read_memory(uint64_t address, uint64_t count) {
  if (address > UINTPTR_MAX || count > read_bytes_max) return -EFAULT;
  const ssize_t put = write(world->memory, (const void*)(uintptr_t)address, (size_t)count);
  return put < 0 ? -errno : put;
}

/* Different for any two files that are open at a time. */
static int64_t identify(int descriptor, uint64_t* identity) {
  struct stat about;
  if (fstat(descriptor, &about) != 0) return -errno;
  *identity = (uint64_t)about.st_dev << 40 ^ (uint64_t)about.st_ino;
  return 0;
}

static int is_known(uint64_t identity) {
  for (uint32_t i = 0; i < world->file_count; ++i) {
    if (world->files[i] == identity) return 1;
  }
  return 0;
}

static int64_t new_file(void) {
  int ends[2];
  uint64_t identity = 0;
  if (world->file_count == files_max) return -EMFILE;
  if (pipe(ends) != 0) return -errno;
  close(ends[1]);
  const int64_t known = identify(ends[0], &identity);
  if (known != 0) return known;
  world->files[world->file_count++] = identity;
  return ends[0];
}

/* Those of files that were opened on order, here or elsewhere: whatever else the process has is its
 * own affair, or that of a library it uses. */
static int64_t count_files(void) {
  const long descriptors = sysconf(_SC_OPEN_MAX);
  int64_t count = 0;
  for (int descriptor = 0; descriptor < descriptors && descriptor < 4096; ++descriptor) {
    uint64_t identity = 0;
    if (identify(descriptor, &identity) == 0 && is_known(identity)) ++count;
  }
  return count;
}

int64_t keeper_does(struct thread* keeper) {
  switch (keeper->deed) {
    case deed_read: return read_memory(keeper->given[0], keeper->given[1]);
    case deed_new_file: return new_file();
    case deed_identify: device_catch_up(); return identify((int)keeper->given[0], &keeper->more);
    case deed_count: device_catch_up(); return count_files();
    default: return -ENOSYS;
  }
}
