/* options.h: the agent's command line as values. */
#ifndef TOUCHSTONE_AGENT_OPTIONS_H
#define TOUCHSTONE_AGENT_OPTIONS_H

#include "agent/director.h"

struct options {
  struct settings settings;
  enum { by_streams, by_path, by_port, by_line } way;
  const char* path;
  uint32_t port;
  const char* serial;
  int once;
};

/* 0 for a command line that makes no sense, or that asks for help; which has been said. */
int read_options(int argc, char** argv, struct options* options);

#endif
