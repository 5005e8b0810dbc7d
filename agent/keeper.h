/* keeper.h: what a process is asked that none of its tasks need do: bytes of its memory, and its
 * descriptors.  Works while all tasks sleep in the device. */
#ifndef TOUCHSTONE_AGENT_KEEPER_H
#define TOUCHSTONE_AGENT_KEEPER_H

#include <stdint.h>

#include "agent/world.h"

/* The most bytes that one `deed_read` can give: they fit into a pipe. */
enum { read_bytes_max = 4096 };

/* One of the keeper's deeds, but `deed_thread`; gives its value. */
int64_t keeper_does(struct thread* keeper);

#endif
