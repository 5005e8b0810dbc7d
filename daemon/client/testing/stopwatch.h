/* stopwatch.h: times rounds that follow each other until enough time has passed, and prints their
 * median, which a busy machine moves least. */
#ifndef LITE_IPC_STOPWATCH_H
#define LITE_IPC_STOPWATCH_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { STOPWATCH_ROUNDS_MAX = 1 << 18 };

struct stopwatch {
  uint64_t now; /* when the round began; 0: none has */
  uint64_t until;
  uint32_t count;
  uint32_t ns[STOPWATCH_ROUNDS_MAX];
};

static inline uint64_t stopwatch_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Called before each round; 0 when it is time to stop, `ms` after the first. */
static inline int stopwatch_goes_on(struct stopwatch* watch, unsigned long ms) {
  const uint64_t now = stopwatch_now();
  if (watch->now == 0) {
    watch->until = now + ms * 1000000u;
  } else {
    watch->ns[watch->count++] = (uint32_t)(now - watch->now);
  }
  watch->now = now;
  return now < watch->until && watch->count < STOPWATCH_ROUNDS_MAX;
}

static inline int stopwatch_order(const void* one, const void* other) {
  const uint32_t a = *(const uint32_t*)one;
  const uint32_t b = *(const uint32_t*)other;
  return (a > b) - (a < b);
}

static inline void stopwatch_print(struct stopwatch* watch) {
  if (watch->count == 0) exit(1);
  qsort(watch->ns, watch->count, sizeof watch->ns[0], stopwatch_order);
  printf("rounds=%u median_ns=%u p99_ns=%u\n", watch->count, watch->ns[watch->count / 2],
         watch->ns[watch->count - 1 - watch->count / 100]);
}

#endif
