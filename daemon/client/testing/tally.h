/* tally.h: what a program has sent and what came of it, in a file that whoever started it can read,
 * also once the program was killed. */
#ifndef LITE_IPC_TALLY_H
#define LITE_IPC_TALLY_H

#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

enum { TALLY_ERRNOS = 140 };

/* ci/daemon_programs.py reads it. */
struct tally {
  uint64_t sent;        /* counted before */
  uint64_t answered;    /* with a reply; or, where none is waited for, accepted */
  uint64_t notices;     /* death notices in place of a reply */
  uint64_t received;    /* by a service: requests */
  uint64_t descriptors; /* that came with them */
  uint64_t failed[TALLY_ERRNOS];
};

/* One for each of so many processes, none counted yet; NULL where that fails.  Without a path they
 * are in memory that the process shares with its children. */
static inline struct tally* map_tallies(const char* path, unsigned long count) {
  const size_t bytes = count * sizeof(struct tally);
  int flags = MAP_SHARED | MAP_ANONYMOUS;
  int file = -1;
  if (path != NULL) {
    flags = MAP_SHARED;
    file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || ftruncate(file, (off_t)bytes) != 0) return NULL;
  }
  void* at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, file, 0);
  if (file >= 0) close(file);
  return at == MAP_FAILED ? NULL : at;
}

#endif
