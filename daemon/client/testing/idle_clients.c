/* idle_clients.c: LiteIPC programs as one would write them for a board, so many at one time, that
 * wait for messages that never come.
 *   idle_clients --count=N
 * Says `ready` when all are there; they end with it. */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/prctl.h>

#include "daemon/client/testing/device_calls.h"

static void idle(int ready) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int device = open_device(4096);
  if (write(ready, "", 1) != 1) give_up("ready");
  close(ready);
  receive(device);
}

int main(int argument_count, char** arguments) {
  unsigned long count = 0;
  int ready[2];
  for (int i = 1; i < argument_count; ++i) is_option(arguments[i], "--count=", &count);
  if (pipe(ready) != 0) give_up("pipe");
  for (unsigned long i = 0; i < count; ++i) {
    const pid_t child = fork();
    if (child < 0) give_up("fork");
    if (child == 0) {
      idle(ready[1]);
      _exit(0);
    }
  }
  close(ready[1]);
  char byte = 0;
  for (unsigned long i = 0; i < count; ++i) {
    if (read(ready[0], &byte, 1) != 1) give_up("a client that did not come");
  }
  say("ready");
  pause();
}
