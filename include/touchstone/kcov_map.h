/* kcov_map.h: a file in which an agent notes what code of a driver the calls of its tasks reach.  A
 * harness makes it, says which addresses are the driver's, and names it in the environment of the
 * agent; all of the agent's processes map it.  Linux with CONFIG_KCOV, on a kernel of 64 bits. */
#ifndef TOUCHSTONE_KCOV_MAP_H
#define TOUCHSTONE_KCOV_MAP_H

#include <stdint.h>

#define TOUCHSTONE_KCOV_VARIABLE "TOUCHSTONE_KCOV"
#define TOUCHSTONE_KCOV_EDGES 65536u

struct touchstone_kcov_map {
  uint64_t begin; /* the first address of the driver's code */
  uint64_t end;   /* the one behind its last */
  uint64_t error; /* an errno: why a task could not be watched; 0 if all were */
  /* 1 where one point was reached right after another in the same call, by a hash of both. */
  uint8_t edges[TOUCHSTONE_KCOV_EDGES];
};

/* Behind it, by distance from `begin`: 1 where the kernel says that the code there was reached. */
#define TOUCHSTONE_KCOV_POINTS(map) ((uint8_t*)((map) + 1))

#endif
