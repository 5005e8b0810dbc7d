/* link.h: the line to the harness: bytes in and out, whole frames in, and waiting for whatever
 * comes first of bytes, news of puppets, and a time. */
#ifndef TOUCHSTONE_AGENT_LINK_H
#define TOUCHSTONE_AGENT_LINK_H

#include <stddef.h>
#include <stdint.h>
#include <touchstone/agent_protocol.h>

#include "agent/frames.h"

/* Opens one end at which a harness may be: see link_open.c. */
int listen_at_path(const char* path);
int listen_at_port(uint32_t* port); /* 0: any, which is given back */
int open_serial(const char* device);

struct link {
  int in, out;
  int is_gone;                                     /* the harness, or the line */
  uint8_t bytes[TOUCHSTONE_AGENT_FRAME_BYTES_MAX]; /* come, and not yet taken */
  size_t count;
  size_t taken; /* those of the frame that is being looked at */
  uint8_t answer[TOUCHSTONE_AGENT_FRAME_BYTES_MAX];
};

/* Waits for a whole frame, which lies in the link until link_drop().  `skips_noise`: bytes before a
 * magic are passed over.  0 where the link is gone; NULL in `what` unless the frame is broken. */
int link_next(struct link* link, int skips_noise, struct frame* frame, const char** what);
void link_drop(struct link* link, const struct frame* frame);

/* Sends link->answer. */
void link_send(struct link* link, size_t bytes);

/* Waits until there is news in the pipe `news`, or for so long.  Takes the news. */
void link_wait(struct link* link, int news, uint64_t nanoseconds_max);

uint64_t now_ns(void);

#endif
