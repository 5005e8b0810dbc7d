/* seqpacket_ping_pong.c: what a round trip costs without a broker: two processes send each other a
 * packet over a socket of type SOCK_SEQPACKET.
 *   seqpacket_ping_pong [COUNT [BYTES]]      prints nanoseconds of a round trip */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char data[65536];

static void exchange(int from, int to, size_t bytes) {
  if (recv(from, data, sizeof data, 0) != (ssize_t)bytes) _exit(1);
  if (send(to, data, bytes, 0) != (ssize_t)bytes) _exit(1);
}

static double now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

int main(int argument_count, char** arguments) {
  const unsigned long count = argument_count > 1 ? strtoul(arguments[1], NULL, 10) : 100000;
  const size_t bytes = argument_count > 2 ? strtoul(arguments[2], NULL, 10) : 64;
  int pair[2];
  if (bytes == 0 || bytes > sizeof data) return 2;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) != 0) return 1;
  const pid_t child = fork();
  if (child < 0) return 1;
  if (child == 0) {
    for (unsigned long i = 0; i < count; ++i) exchange(pair[1], pair[1], bytes);
    _exit(0);
  }
  const double started = now_ns();
  for (unsigned long i = 0; i < count; ++i) {
    if (send(pair[0], data, bytes, 0) != (ssize_t)bytes) return 1;
    if (recv(pair[0], data, sizeof data, 0) != (ssize_t)bytes) return 1;
  }
  printf("round_trip_ns=%.0f\n", (now_ns() - started) / (double)(count > 0 ? count : 1));
  int status = 0;
  return waitpid(child, &status, 0) == child && status == 0 ? 0 : 1;
}
