/* Where a harness may be: at a Unix socket, a TCP port, a serial line. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "agent/link.h"

static int listen_with(int listener, const struct sockaddr* at, socklen_t bytes) {
  if (listener < 0) return -1;
  if (bind(listener, at, bytes) == 0 && listen(listener, 8) == 0) return listener;
  close(listener);
  return -1;
}

int listen_at_path(const char* path) {
  struct sockaddr_un at = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof at.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  memcpy(at.sun_path, path, strlen(path));
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  return listen_with(listener, (const struct sockaddr*)&at, sizeof at);
}

/* Anyone who reaches the port can run processes here: boards are reached through a tunnel, so the
 * port is one of this machine alone. */
int listen_at_port(uint32_t* port) {
  const int yes = 1;
  struct sockaddr_in at = {.sin_family = AF_INET,
                           .sin_port = htons((uint16_t)*port),
                           .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  socklen_t bytes = sizeof at;
  if (listener < 0) return -1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (listen_with(listener, (const struct sockaddr*)&at, sizeof at) < 0) return -1;
  getsockname(listener, (struct sockaddr*)&at, &bytes);
  *port = ntohs(at.sin_port);
  return listener;
}

int open_serial(const char* device) {
  struct termios line;
  const int opened = open(device, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (opened < 0) return -1;
  if (tcgetattr(opened, &line) != 0) {
    close(opened);
    return -1;
  }
  cfmakeraw(&line);
  line.c_cflag |= CLOCAL | CREAD;
  line.c_cc[VMIN] = 1;
  line.c_cc[VTIME] = 0;
  cfsetispeed(&line, B115200);
  cfsetospeed(&line, B115200);
  if (tcsetattr(opened, TCSANOW, &line) == 0) return opened;
  close(opened);
  return -1;
}
