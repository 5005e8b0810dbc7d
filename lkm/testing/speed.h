/* speed.h: what the measurements of speed.c and the ways of speed_ways.c have in common. */
#ifndef LITEIPC_SPEED_H
#define LITEIPC_SPEED_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum { small_bytes = 64, large_bytes = 65536, pairs_max = 4 };

/* What all processes of a measurement see. */
struct board {
  atomic_uint task_of_service[pairs_max];
  atomic_uint task_of_client[pairs_max];
  atomic_uint is_managed;
  atomic_uint may_begin;
  uint32_t rounds;
  uint64_t begun[pairs_max], ended[pairs_max];
};

extern struct board* board;

/* Ends the process. */
void fail(const char* what);
/* Until the other side has written a number there; it is about to. */
uint32_t await(atomic_uint* number);
void tell(atomic_uint* number, uint32_t value);

/* A way of asking and answering.  serve() tells of itself at task_of_service, open_client() at
 * task_of_client. */
struct way {
  const char* name;
  const char* device; /* without it this kernel does not have it */
  size_t bytes_max;
  void (*make)(unsigned pair);
  void (*drop)(unsigned pair);
  void (*manage)(unsigned pairs); /* in a process of its own */
  void (*serve)(unsigned pair, size_t bytes);
  void (*open_client)(unsigned pair);
  void (*call)(unsigned pair, size_t bytes);
};

enum { way_count = 5 };
extern const struct way ways[way_count];
/* Of binder there is one service only, its context manager; of a bare driver, too. */
int has_pairs(const struct way* way);

#endif
