/* frames.h: what a program under the shim and the fake device say to each other over a socket of
 * whole messages: one request, one answer, in the order of the calls.  For tests only. */
#ifndef TOUCHSTONE_FAKE_DEVICE_FRAMES_H
#define TOUCHSTONE_FAKE_DEVICE_FRAMES_H

#include <stdint.h>

enum fake_operation {
  fake_hello,   /* first: the task id, or 0 for a new one; user, group */
  fake_fork,    /* gives the child's task, `more` its process */
  fake_thread,  /* gives the new task */
  fake_end,     /* the calling task is about to end */
  fake_exec,    /* the calling task is about to become another program */
  fake_open,    /* */
  fake_mmap,    /* bytes, protection, flags; gives the address, a file to map, its size in `more` */
  fake_ioctl,   /* word, argument */
  fake_advance, /* nanoseconds */
  fake_sync     /* descriptors that were sent to the process come with any answer */
};

enum { fake_files_max = 64 };

struct fake_request {
  uint64_t operation;
  uint64_t words[3];
};

/* So many descriptors come beside it: of a pool, or to be put at `numbers`. */
struct fake_answer {
  int64_t value;
  uint64_t more;
  uint32_t file_count;
  uint32_t closed_count;
  uint32_t numbers[fake_files_max];
  uint32_t closed[fake_files_max];
};

#endif
