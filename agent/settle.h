/* settle.h: when has an order had all its effects?  When every thread that is in the device sleeps,
 * and nobody works for it: seen by the system's own account of each thread, not by waiting. */
#ifndef TOUCHSTONE_AGENT_SETTLE_H
#define TOUCHSTONE_AGENT_SETTLE_H

#include <stdint.h>

enum { watched_max = 8 };

/* What one look at all threads of interest has shown. */
struct look {
  int all_sleep;
  int is_deep;        /* one sleeps so that no signal wakes it: likely, but not surely, for short */
  uint64_t signature; /* equal in two looks if no thread has run between them */
  int32_t ended;      /* a watched process that is no more, or 0 */
};

/* Threads of the world that were told something, and all threads of the watched processes. */
struct look look_at_all(const int32_t* watched, int watched_count);

/* Whether a thread is there. */
int thread_is_there(int32_t process, int32_t thread);

#endif
