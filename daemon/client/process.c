#define _GNU_SOURCE
#include "daemon/client/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/client/descriptor.h"
#include "daemon/client/device_file.h"
#include "daemon/client/lock.h"

/* The process; what is not atomic is under the lock. */
static struct {
  pthread_once_t once;
  pthread_key_t key;
  struct lite_ipc_task* tasks;
  atomic_int has_tasks; /* ever */
  int is_opened;        /* or its parent was, when it forked */
  int is_child;         /* of one that was */
  uint32_t daemon;      /* which start of it; 0: not known */
  atomic_uint life;     /* counts the daemons that it was a client of, one after the other */
  atomic_int is_lost;
  atomic_uintptr_t pool_address;
  atomic_size_t pool_bytes;
} self = {.once = PTHREAD_ONCE_INIT, .life = 1};

static _Thread_local struct lite_ipc_task* own __attribute__((tls_model("initial-exec")));

/* --- tasks, and what forks and ends of threads do to them --- */

static void disconnect(struct lite_ipc_task* task) {
  if (task->link.socket >= 0) lite_ipc_close_descriptor(task->link.socket);
  task->link.socket = -1;
  if (task->link.doorbell >= 0) lite_ipc_close_descriptor(task->link.doorbell);
  task->link.doorbell = -1;
  lite_ipc_unmap_mailbox(task->link.mailbox);
  task->link.mailbox = NULL;
  task->is_greeted = 0;
}

static void end_task(void* ending) {
  struct lite_ipc_task* task = ending;
  const sigset_t before = lite_ipc_lock();
  disconnect(task);
  *task->place = task->next;
  if (task->next != NULL) task->next->place = task->place;
  own = NULL;
  lite_ipc_unlock(&before);
  munmap(task, sizeof *task);
}

/* The connections are the parent's, the pool has not come along, and one thread is left.  Calls
 * only what a signal handler may call. */
static void begin_child(void) {
  for (struct lite_ipc_task *task = self.tasks, *next = NULL; task != NULL; task = next) {
    next = task->next;
    disconnect(task);
    if (task != own) munmap(task, sizeof *task);
  }
  self.tasks = own;
  if (own != NULL) {
    own->next = NULL;
    own->place = &self.tasks;
    own->is_calling = 0;
  }
  self.is_child = self.is_opened;
  lite_ipc_set_pool((struct lite_ipc_pool){0, 0});
  lite_ipc_unlock_after_fork();
}

static void follow_threads_and_forks(void) {
  pthread_key_create(&self.key, end_task);
  pthread_atfork(lite_ipc_lock_for_fork, lite_ipc_unlock_after_fork, begin_child);
}

static struct lite_ipc_task* new_task(void) {
  pthread_once(&self.once, follow_threads_and_forks);
  struct lite_ipc_task* task =
      mmap(NULL, sizeof *task, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (task == MAP_FAILED) return NULL;
  task->link.socket = -1;
  task->link.doorbell = -1;
  task->link.memory = lite_ipc_memory_of_thread();
  if (pthread_setspecific(self.key, task) != 0) {
    munmap(task, sizeof *task);
    return NULL;
  }
  const sigset_t before = lite_ipc_lock();
  task->next = self.tasks;
  task->place = &self.tasks;
  if (task->next != NULL) task->next->place = &task->next;
  self.tasks = task;
  own = task;
  atomic_store(&self.has_tasks, 1);
  lite_ipc_unlock(&before);
  return task;
}

/* --- connecting --- */

/* The socket is known to the handler of forks from its first moment.  0, or an errno. */
static int make_socket(struct lite_ipc_task* task) {
  const int bytes = (int)LITEIPCD_PACKET_BYTES_MAX + (int)LITEIPCD_PACKET_BYTES_MAX / 2;
  const sigset_t before = lite_ipc_lock();
  const int low = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  const int error = low < 0 ? errno : 0;
  const int high = low < 0 ? -1 : lite_ipc_copy_high(low);
  if (high >= 0) lite_ipc_close_descriptor(low);
  task->link.socket = high >= 0 ? high : low;
  lite_ipc_unlock(&before);
  int has = 0;
  socklen_t has_bytes = sizeof has;
  if (error == 0 && getsockopt(task->link.socket, SOL_SOCKET, SO_SNDBUF, &has, &has_bytes) == 0 &&
      has < bytes) {
    setsockopt(task->link.socket, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  }
  return error;
}

/* A path that is too long for an address is reached through a descriptor of its file. */
static int connect_socket(int socket) {
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  const char* path = lite_ipc_socket_path();
  int file = -1;
  if (strlen(path) < sizeof to.sun_path) {
    strcpy(to.sun_path, path);
  } else {
    file = open(path, O_PATH | O_CLOEXEC);
    if (file < 0) return errno;
    snprintf(to.sun_path, sizeof to.sun_path, "/proc/self/fd/%d", file);
  }
  int error = 0;
  do {
    error = connect(socket, (const struct sockaddr*)&to, sizeof to) == 0 ? 0 : errno;
  } while (error == EINTR);
  if (file >= 0) lite_ipc_close_descriptor(file);
  return error == ECONNREFUSED || error == ENOENT ? ENODEV : error;
}

/* A thread that comes later meets the daemon that the process knows, or none.  One that does not
 * say which it is has gone where a connection to it has. */
static int is_same_daemon(const struct lite_ipc_task* task, uint32_t daemon) {
  if (daemon != 0 && self.daemon != 0) return daemon == self.daemon;
  int is_same = 1;
  for (const struct lite_ipc_task* other = self.tasks; other && is_same; other = other->next) {
    if (other->life != task->life || !other->is_greeted) continue;
    struct pollfd hung_up = {.fd = other->link.socket, .events = 0};
    is_same = poll(&hung_up, 1, 0) <= 0;
  }
  return is_same;
}

static int greet(struct lite_ipc_task* task) {
  struct liteipcd_welcome welcome;
  const uint32_t thread = (uint32_t)syscall(SYS_gettid);
  const int64_t value = lite_ipc_link_hello(&task->link, thread, self.is_child, &welcome);
  if (value < 0) return (int)-value;
  task->task = welcome.task;
  task->process = welcome.process;
  const sigset_t before = lite_ipc_lock();
  const int is_same = is_same_daemon(task, welcome.instance);
  self.daemon = welcome.instance;
  task->is_greeted = 1;
  lite_ipc_unlock(&before);
  if (is_same) return 0;
  lite_ipc_note_broken(task);
  return ENODEV;
}

static int connect_task(struct lite_ipc_task* task) {
  const sigset_t before = lite_ipc_lock();
  disconnect(task);
  task->life = atomic_load(&self.life);
  lite_ipc_unlock(&before);
  task->link.is_broken = 0;
  task->link.memory.process = getpid();
  int error = lite_ipc_use_path(NULL);
  if (error == 0) error = make_socket(task);
  if (error == 0) error = connect_socket(task->link.socket);
  if (error == 0) error = greet(task);
  if (error == 0) return 0;
  const sigset_t again = lite_ipc_lock();
  disconnect(task);
  lite_ipc_unlock(&again);
  return error;
}

struct lite_ipc_task* lite_ipc_own_task(int* error) {
  struct lite_ipc_task* task = own;
  const int is_lost = atomic_load_explicit(&self.is_lost, memory_order_relaxed);
  const unsigned life = atomic_load_explicit(&self.life, memory_order_relaxed);
  *error = is_lost ? ENODEV : 0;
  if (is_lost) return NULL;
  if (task == NULL) task = new_task();
  if (task != NULL && task->link.socket >= 0 && task->life == life) return task;
  *error = task != NULL ? connect_task(task) : ENOMEM;
  return *error == 0 ? task : NULL;
}

void lite_ipc_note_broken(const struct lite_ipc_task* task) {
  if (task->life == atomic_load(&self.life)) atomic_store(&self.is_lost, 1);
}

void lite_ipc_begin_life(void) {
  const sigset_t before = lite_ipc_lock();
  if (atomic_load(&self.is_lost)) {
    self.is_opened = 0;
    self.is_child = 0;
    self.daemon = 0;
    lite_ipc_set_pool((struct lite_ipc_pool){0, 0});
    atomic_fetch_add(&self.life, 1);
    atomic_store(&self.is_lost, 0);
  }
  lite_ipc_unlock(&before);
}

void lite_ipc_note_opened(void) {
  const sigset_t before = lite_ipc_lock();
  self.is_opened = 1;
  lite_ipc_unlock(&before);
}

int lite_ipc_is_connection(int descriptor) {
  int is_one = 0;
  if (descriptor < 0 || !atomic_load_explicit(&self.has_tasks, memory_order_relaxed)) return 0;
  const sigset_t before = lite_ipc_lock();
  for (const struct lite_ipc_task* task = self.tasks; task; task = task->next) {
    is_one |= task->link.socket == descriptor || task->link.doorbell == descriptor;
  }
  lite_ipc_unlock(&before);
  return is_one;
}

void lite_ipc_set_pool(struct lite_ipc_pool pool) {
  atomic_store_explicit(&self.pool_bytes, pool.bytes, memory_order_relaxed);
  atomic_store_explicit(&self.pool_address, pool.address, memory_order_relaxed);
}

struct lite_ipc_pool lite_ipc_pool_of_process(void) {
  return (struct lite_ipc_pool){atomic_load_explicit(&self.pool_address, memory_order_relaxed),
                                atomic_load_explicit(&self.pool_bytes, memory_order_relaxed)};
}
