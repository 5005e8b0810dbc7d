/* options.h: words behind the names of the programs in this folder. */
#ifndef LITE_IPC_OPTIONS_H
#define LITE_IPC_OPTIONS_H

#include <stdlib.h>
#include <string.h>

/* A number behind a name: --count=5. */
static inline int is_option(const char* argument, const char* name, unsigned long* value) {
  const size_t length = strlen(name);
  if (strncmp(argument, name, length) != 0) return 0;
  *value = strtoul(argument + length, NULL, 10);
  return 1;
}

/* Of programs that measure round trips. */
struct trip_options {
  unsigned long ms;
  unsigned long bytes;
  unsigned long buffer_bytes; /* in place of `bytes`, if not 0 */
  int serves;
};

static inline struct trip_options read_trip_options(int count, char** arguments) {
  struct trip_options options = {.ms = 300, .bytes = 64};
  for (int i = 1; i < count; ++i) {
    options.serves |= strcmp(arguments[i], "--service") == 0;
    is_option(arguments[i], "--ms=", &options.ms);
    is_option(arguments[i], "--bytes=", &options.bytes);
    is_option(arguments[i], "--buffer=", &options.buffer_bytes);
  }
  return options;
}

#endif
