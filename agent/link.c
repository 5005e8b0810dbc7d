#define _GNU_SOURCE
#include "agent/link.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void take_bytes(struct link* link) {
  const ssize_t got = read(link->in, link->bytes + link->count, sizeof link->bytes - link->count);
  if (got > 0) {
    link->count += (size_t)got;
  } else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
    link->is_gone = 1;
  }
}

/* So that what stands first may be the start of a frame. */
static void skip_noise(struct link* link) {
  uint8_t magic[4];
  size_t at = 0;
  store_u32(magic, TOUCHSTONE_AGENT_MAGIC);
  while (at < link->count) {
    const size_t left = link->count - at;
    if (memcmp(link->bytes + at, magic, left < sizeof magic ? left : sizeof magic) == 0) break;
    ++at;
  }
  link->count -= at;
  memmove(link->bytes, link->bytes + at, link->count);
}

int link_next(struct link* link, int skips_noise, struct frame* frame, const char** what) {
  *what = NULL;
  while (!link->is_gone) {
    if (skips_noise) skip_noise(link);
    const enum frame_state state = decode_frame(link->bytes, link->count, frame, what);
    if (state == frame_is_noise && skips_noise) {
      link->bytes[0] = 0; /* the start of no magic any more */
      continue;
    }
    if (state != frame_is_short) {
      link->taken = *what == NULL ? frame->bytes : 0;
      return 1;
    }
    *what = NULL;
    take_bytes(link);
  }
  return 0;
}

void link_drop(struct link* link, const struct frame* frame) {
  link->count -= frame->bytes;
  link->taken = 0;
  memmove(link->bytes, link->bytes + frame->bytes, link->count);
}

void link_send(struct link* link, size_t bytes) {
  size_t sent = 0;
  while (sent < bytes && !link->is_gone) {
    const ssize_t put = write(link->out, link->answer + sent, bytes - sent);
    if (put >= 0) {
      sent += (size_t)put;
    } else if (errno != EINTR) {
      link->is_gone = 1;
    }
  }
}

void link_wait(struct link* link, int news, uint64_t nanoseconds_max) {
  const struct timespec most = {(time_t)(nanoseconds_max / 1000000000u),
                                (long)(nanoseconds_max % 1000000000u)};
  /* The end of the line matters at once; bytes that come early do not, and must not keep us awake.
   */
  const int is_early = link->count > link->taken;
  struct pollfd watched[] = {{.fd = news, .events = POLLIN},
                             {.fd = is_early ? -1 : link->in, .events = POLLIN}};
  if (ppoll(watched, 2, &most, NULL) <= 0) return;
  if (watched[0].revents != 0) {
    char bytes[64];
    while (read(news, bytes, sizeof bytes) == (ssize_t)sizeof bytes) {
    }
  }
  if (watched[1].revents != 0) take_bytes(link);
}
