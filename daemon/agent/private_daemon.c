/* touchstone-liteipcd-agent [--socket PATH] [--ilp32] [OPTION...]: an agent that plays on liteipcd:
 * on one of its own, which ends with it, or on the one that listens at PATH.  The agent is a
 * program of 64 bits, or of 32; further options go on to it.  Both programs lie beside this one, or
 * as they are installed. */
#define _GNU_SOURCE
#include <errno.h>
#include <libgen.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ready_ms_max = 30000, arguments_max = 64 };

static _Noreturn void give_up(const char* what) {
  fprintf(stderr, "touchstone-liteipcd-agent: %s: %s\n", what, strerror(errno));
  exit(3);
}

static void find_beside_this(const char* name, char* path, size_t room) {
  char self[4096];
  const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
  if (length < 0) give_up("/proc/self/exe");
  self[length] = '\0';
  errno = ENAMETOOLONG;
  if (snprintf(path, room, "%s/%s", dirname(self), name) >= (int)room) give_up(self);
}

/* Where the daemon says that it is ready; its address is a name of the system's choice. */
static int open_notices(char* name, size_t room) {
  struct sockaddr_un at = {.sun_family = AF_UNIX};
  socklen_t bytes = sizeof at;
  const int notices = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (notices < 0 || bind(notices, (struct sockaddr*)&at, sizeof at.sun_family) != 0 ||
      getsockname(notices, (struct sockaddr*)&at, &bytes) != 0) {
    give_up("a socket for notices");
  }
  snprintf(name, room, "@%.*s", (int)(bytes - sizeof at.sun_family - 1), at.sun_path + 1);
  return notices;
}

static void wait_until_ready(int notices, pid_t daemon) {
  const int process = (int)syscall(SYS_pidfd_open, daemon, 0);
  struct pollfd events[2] = {{notices, POLLIN, 0}, {process, POLLIN, 0}};
  char text[64] = "";
  if (process < 0) give_up("liteipcd");
  while (strncmp(text, "READY=1", 7) != 0) {
    const int count = poll(events, 2, ready_ms_max);
    if (count < 0 && errno == EINTR) continue;
    errno = count == 0 ? ETIMEDOUT : ECHILD;
    if (count <= 0 || events[0].revents == 0) give_up("liteipcd does not come up");
    if (recv(notices, text, sizeof text - 1, 0) < 0) give_up("liteipcd");
  }
  close(process);
}

/* Also if this process is killed, it ends. */
static pid_t start_daemon(const char* socket_path, int is_ilp32) {
  char notices_name[128];
  const int notices = open_notices(notices_name, sizeof notices_name);
  char program[8192];
  find_beside_this("liteipcd", program, sizeof program);
  if (access(program, X_OK) != 0) { /* as installed */
    find_beside_this("../../bin/liteipcd", program, sizeof program);
  }
  const pid_t parent = getpid();
  const pid_t daemon = fork();
  if (daemon == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(3);
    setenv("NOTIFY_SOCKET", notices_name, 1);
    execl(program, program, "--socket", socket_path, "--log-level", "warning", "--data-model",
          is_ilp32 ? "ilp32" : "lp64", (char*)NULL);
    give_up(program);
  }
  if (daemon < 0) give_up("fork");
  wait_until_ready(notices, daemon);
  close(notices);
  return daemon;
}

/* Who listens there. */
static pid_t daemon_at(const char* path) {
  struct sockaddr_un at = {.sun_family = AF_UNIX};
  struct ucred about;
  socklen_t bytes = sizeof about;
  if (strlen(path) >= sizeof at.sun_path) {
    errno = ENAMETOOLONG;
    give_up(path);
  }
  strcpy(at.sun_path, path);
  const int caller = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (caller < 0 || connect(caller, (struct sockaddr*)&at, sizeof at) != 0 ||
      getsockopt(caller, SOL_SOCKET, SO_PEERCRED, &about, &bytes) != 0) {
    give_up(path);
  }
  close(caller);
  return about.pid;
}

/* What the agent says of itself counts; then nobody needs the daemon. */
static int run_to_its_end(char** words, pid_t daemon) {
  int status = 0;
  const pid_t agent = fork();
  if (agent == 0) {
    execv(words[0], words);
    give_up(words[0]);
  }
  if (agent < 0) give_up("fork");
  while (waitpid(agent, &status, 0) < 0 && errno == EINTR) {
  }
  kill(daemon, SIGTERM);
  while (waitpid(daemon, NULL, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 3;
}

int main(int argc, char** argv) {
  char* words[arguments_max];
  char watched[16], own_socket[108], agent[8192];
  int count = 0, first = 1;
  const char* path = NULL;
  if (first + 1 < argc && strcmp(argv[first], "--socket") == 0) {
    path = argv[first + 1];
    first += 2;
  }
  const int is_ilp32 = first < argc && strcmp(argv[first], "--ilp32") == 0;
  first += is_ilp32;
  pid_t daemon;
  if (path != NULL) {
    daemon = daemon_at(path);
  } else {
    const char* const folder = getenv("TMPDIR");
    snprintf(own_socket, sizeof own_socket, "%s/touchstone-%d.lite_ipc",
             folder == NULL ? "/tmp" : folder, (int)getpid());
    path = own_socket;
    daemon = start_daemon(path, is_ilp32);
  }
  snprintf(watched, sizeof watched, "%d", (int)daemon);
  find_beside_this(is_ilp32 ? "touchstone-liteipc-agent-32" : "touchstone-liteipc-agent", agent,
                   sizeof agent);
  char* const fixed[] = {agent,
                         "--device",
                         (char*)path,
                         "--watch",
                         watched,
                         "--capabilities",
                         geteuid() == 0 ? "fork,fd,fd-identity,user-range,credentials"
                                        : "fork,fd,fd-identity,user-range"};
  for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; ++i) words[count++] = fixed[i];
  if (path == own_socket) words[count++] = "--fresh";
  for (int i = first; i < argc && count < arguments_max - 1; ++i) words[count++] = argv[i];
  words[count] = NULL;
  if (path != own_socket) {
    execv(words[0], words);
    give_up(words[0]);
  }
  return run_to_its_end(words, daemon);
}
