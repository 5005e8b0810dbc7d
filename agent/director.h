/* director.h: carries out orders, one at a time: makes and ends puppets, tells them what to do, and
 * answers when all that comes of it has come.  Checks every number in an order before it uses it.
 */
#ifndef TOUCHSTONE_AGENT_DIRECTOR_H
#define TOUCHSTONE_AGENT_DIRECTOR_H

#include <stdint.h>

#include "agent/link.h"
#include "agent/orders.h"
#include "agent/settle.h"

struct settings {
  const char* device;
  uint32_t capabilities; /* TOUCHSTONE_CAP_.. */
  uint32_t flags;        /* TOUCHSTONE_AGENT_REAL_TIME, .. */
  uint32_t task_limit, process_limit;
  uint32_t settle_ms_max;       /* the longest that puppets may take for an order */
  int32_t watched[watched_max]; /* processes that work for calls */
  int watched_count;
};

/* What the answer to an order is made of. */
struct answer {
  uint64_t words[TOUCHSTONE_AGENT_WORDS_MAX];
  uint8_t* bytes; /* room for TOUCHSTONE_AGENT_BYTES_MAX */
  size_t byte_count;
  char lost[256]; /* why there is no answer, and will be none; or "" */
};

/* Why no instance can be made, or NULL.  Puppets close `link`. */
const char* director_begin(const struct settings* settings, struct link* link);
void director_carry_out(const struct order* order, struct answer* answer);
/* No puppet is left. */
void director_end(void);

#endif
