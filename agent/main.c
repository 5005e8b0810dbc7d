/* The agent's command line, and its conversation with a harness: a frame, an answer, a frame. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <touchstone/plugin.h>
#include <unistd.h>

#include "agent/device.h"
#include "agent/director.h"
#include "agent/options.h"
#include "agent/puppet.h"

enum { first_link_descriptor = 220 };

/* --- a conversation --- */

static void say_lost(struct link* link, uint32_t sequence, const char* why) {
  const size_t bytes = strlen(why);
  memcpy(payload_of(link->answer), why, bytes);
  link_send(link, encode_frame(link->answer, TOUCHSTONE_AGENT_LOST, sequence, bytes));
}

static void say_broken(struct link* link, uint32_t sequence, const char* what) {
  char why[160];
  snprintf(why, sizeof why, "frame %u to the agent: %s", (unsigned)sequence, what);
  say_lost(link, sequence, why);
}

/* 0 once the instance is lost. */
static int answer_order(struct link* link, const struct order* order, uint32_t sequence) {
  const size_t words = answer_words(order->type);
  struct answer answer;
  answer.bytes = payload_of(link->answer) + 8 * words;
  director_carry_out(order, &answer);
  if (answer.lost[0] != '\0') {
    say_lost(link, sequence, answer.lost);
    return 0;
  }
  for (size_t i = 0; i < words; ++i) store_u64(payload_of(link->answer) + 8 * i, answer.words[i]);
  const uint8_t type = (uint8_t)((unsigned)order->type | TOUCHSTONE_AGENT_ANSWER);
  link_send(link, encode_frame(link->answer, type, sequence, 8 * words + answer.byte_count));
  return 1;
}

/* Whatever may have been on the line before, a conversation begins with the order `hello`; that
 * ends one whose harness has gone without a sign, as it does on a serial line. */
static void converse(struct link* link) {
  struct frame frame;
  struct order order;
  const char* what;
  for (uint32_t sequence = 1; link_next(link, sequence == 1, &frame, &what); ++sequence) {
    if (what == NULL && frame.type == order_hello && frame.sequence == 1 && sequence != 1) {
      director_end();
      sequence = 1;
    }
    if (what == NULL) what = decode_order(&frame, sequence, &order);
    if (what == NULL && (sequence == 1) != (order.type == order_hello)) {
      what = "`hello` is the first order, and no other";
    }
    if (what != NULL) {
      say_broken(link, sequence, what);
      break;
    }
    if (!answer_order(link, &order, sequence)) break;
    link_drop(link, &frame);
  }
}

/* One instance, from its first order to the end of the link. */
static int be_instance(const struct options* options, int in, int out) {
  static struct link link;
  link.in = in;
  link.out = out;
  const char* const trouble = director_begin(&options->settings, &link);
  if (trouble != NULL) {
    struct frame frame;
    const char* what;
    fprintf(stderr, "touchstone-agent: %s\n", trouble);
    if (link_next(&link, 1, &frame, &what)) say_lost(&link, 1, trouble);
    return 3;
  }
  converse(&link);
  director_end();
  return 0;
}

/* --- where harnesses come from --- */

static int moved_up(int descriptor) {
  const int moved = fcntl(descriptor, F_DUPFD_CLOEXEC, first_link_descriptor);
  if (moved >= 0) close(descriptor);
  return moved < 0 ? descriptor : moved;
}

/* Puppets have nothing to read, and print to nobody; of what whoever started us left open they know
 * nothing, so that a process of a case has its own descriptors from 3 on. */
static void set_streams_aside(void) {
  for (int left = STDERR_FILENO + 1; left < first_link_descriptor; ++left) close(left);
  const int nothing = open("/dev/null", O_RDWR);
  if (nothing < 0) return;
  dup2(nothing, STDIN_FILENO);
  dup2(nothing, STDOUT_FILENO);
  if (nothing > STDERR_FILENO) close(nothing);
}

static int serve_streams(const struct options* options) {
  const int in = moved_up(dup(STDIN_FILENO));
  const int out = moved_up(dup(STDOUT_FILENO));
  set_streams_aside();
  return be_instance(options, in, out);
}

/* A line stays when a conversation ends: the next one begins on it, in a process of its own. */
static int serve_line(const struct options* options) {
  int line = open_serial(options->serial);
  if (line < 0) {
    fprintf(stderr, "touchstone-agent: %s: %s\n", options->serial, strerror(errno));
    return 3;
  }
  line = moved_up(line);
  printf("listens at %s\n", options->serial);
  fflush(stdout);
  set_streams_aside();
  for (;;) {
    int status = 0;
    const pid_t instance = fork();
    if (instance == 0) _exit(be_instance(options, line, line));
    if (instance < 0 || waitpid(instance, &status, 0) < 0) return 3;
    if (options->once || !WIFEXITED(status)) return WIFEXITED(status) ? WEXITSTATUS(status) : 3;
  }
}

/* Each who connects has an instance of its own, in a process of its own. */
static int serve_listener(const struct options* options, int listener, const char* where) {
  if (listener < 0) {
    fprintf(stderr, "touchstone-agent: %s: %s\n", where, strerror(errno));
    return 3;
  }
  listener = moved_up(listener);
  printf("listens at %s\n", where);
  fflush(stdout);
  set_streams_aside();
  for (;;) {
    const int accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (accepted < 0 && errno == EINTR) continue;
    if (accepted < 0) return 3;
    const int harness = moved_up(accepted);
    if (options->once) {
      close(listener);
      return be_instance(options, harness, harness);
    }
    signal(SIGCHLD, SIG_IGN);
    if (fork() == 0) {
      signal(SIGCHLD, SIG_DFL);
      close(listener);
      _exit(be_instance(options, harness, harness));
    }
    close(harness);
  }
}

int main(int argc, char** argv) {
  struct options options;
  if (argc == 5 && strcmp(argv[1], AGENT_EXEC_WORD) == 0) go_on_after_exec(argv + 2);
  if (!read_options(argc, argv, &options)) return 2;
  signal(SIGPIPE, SIG_IGN);
  signal(SIGCHLD, SIG_DFL); /* whoever started us may have it otherwise */
  switch (options.way) {
    case by_streams: return serve_streams(&options);
    case by_path:
      unlink(options.path);
      return serve_listener(&options, listen_at_path(options.path), options.path);
    case by_port: {
      char port[16];
      const int listener = listen_at_port(&options.port);
      snprintf(port, sizeof port, "port %u", options.port);
      return serve_listener(&options, listener, port);
    }
    case by_line: return serve_line(&options);
  }
  return 2;
}
