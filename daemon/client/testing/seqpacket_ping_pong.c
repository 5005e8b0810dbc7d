/* seqpacket_ping_pong.c: what a round trip costs without a broker: two processes send each other a
 * packet over a socket of type SOCK_SEQPACKET.
 *   seqpacket_ping_pong [--ms=N] [--bytes=N] [--other-cpu=N]
 * The other process, which sends back what it gets, runs on that processor. */
#define _GNU_SOURCE
#include <sys/socket.h>
#include <sys/wait.h>

#include "daemon/client/testing/device_calls.h"
#include "daemon/client/testing/stopwatch.h"

static struct stopwatch watch;
static char data[65536];

static void send_back(int socket, unsigned long cpu) {
  stay_on(cpu);
  for (;;) {
    const ssize_t bytes = recv(socket, data, sizeof data, 0);
    if (bytes == 0) _exit(0);
    if (bytes < 0 || send(socket, data, (size_t)bytes, 0) != bytes) give_up("the other one");
  }
}

int main(int count, char** arguments) {
  const struct trip_options options = read_trip_options(count, arguments);
  const size_t bytes = options.bytes;
  unsigned long cpu = CPU_SETSIZE; /* where it likes */
  for (int i = 1; i < count; ++i) is_option(arguments[i], "--other-cpu=", &cpu);
  int pair[2];
  if (bytes == 0 || bytes > sizeof data) return 2;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) give_up("socketpair");
  const pid_t child = fork();
  if (child < 0) give_up("fork");
  if (child == 0) {
    close(pair[0]);
    send_back(pair[1], cpu);
  }
  close(pair[1]);
  while (stopwatch_goes_on(&watch, options.ms)) {
    if (send(pair[0], data, bytes, 0) != (ssize_t)bytes) give_up("send");
    if (recv(pair[0], data, sizeof data, 0) != (ssize_t)bytes) give_up("receive");
  }
  stopwatch_print(&watch);
  close(pair[0]);
  int status = 0;
  return waitpid(child, &status, 0) == child && status == 0 ? 0 : 1;
}
