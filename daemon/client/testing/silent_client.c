/* silent_client.c: no LiteIPC program, but what a hostile one might do: says to liteipcd who it is,
 * asks for the same thing over and over, and reads no answer; until the daemon ends the connection.
 *   silent_client POINTER_BYTES      of the daemon's data model
 * Prints how many times it asked, and the errno of the last time. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/protocol.h"

static int send_packet(int to, uint32_t operation, const void* body, uint32_t bytes) {
  char packet[sizeof(struct liteipcd_packet) + sizeof(struct liteipcd_hello)];
  const struct liteipcd_packet head = {.operation = operation, .body_bytes = bytes};
  memcpy(packet, &head, sizeof head);
  if (bytes > 0) memcpy(packet + sizeof head, body, bytes);
  return send(to, packet, sizeof head + bytes, MSG_NOSIGNAL) < 0 ? errno : 0;
}

int main(int argument_count, char** arguments) {
  const char* path = getenv("LITE_IPC_SOCKET");
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  const struct liteipcd_hello hello = {
      .version = LITEIPCD_PROTOCOL_VERSION,
      .pointer_bytes = argument_count > 1 ? (uint32_t)atoi(arguments[1]) : 8,
      .thread = (uint32_t)syscall(SYS_gettid)};
  const int daemon = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (path == NULL || strlen(path) >= sizeof to.sun_path) return 2;
  strcpy(to.sun_path, path);
  if (daemon < 0 || connect(daemon, (const struct sockaddr*)&to, sizeof to) != 0 ||
      send_packet(daemon, LITEIPCD_HELLO, &hello, sizeof hello) != 0) {
    perror("silent_client");
    return 1;
  }
  unsigned long sent = 0;
  int error = 0;
  for (; error == 0; ++sent) error = send_packet(daemon, LITEIPCD_OPEN, NULL, 0);
  printf("asked=%lu ended=%s\n", sent, strerrorname_np(error));
  return 0;
}
