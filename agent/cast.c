#define _GNU_SOURCE
#include "agent/cast.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <touchstone/plugin.h>
#include <unistd.h>

#include "agent/device.h"
#include "agent/puppet.h"

enum { first_own_descriptor = 200 }; /* those below are for the case: the lowest free one counts */

static const struct settings* settings;
static struct link* link_to_harness;
static char lost[256];
/* The agent's ends of the pipes. */
static int lifeline_end = -1;
static int news = -1;
static int memory = -1;

const char* cast_lost(void) { return lost; }

int64_t cast_lose(const char* format, ...) {
  if (lost[0] != '\0') return -EIO;
  va_list values;
  va_start(values, format);
  vsnprintf(lost, sizeof lost, format, values);
  va_end(values);
  return -EIO;
}

/* --- beginning --- */

static int moved_up(int descriptor, int flags) {
  if (descriptor < 0) return -1;
  const int moved = fcntl(descriptor, flags == 0 ? F_DUPFD : F_DUPFD_CLOEXEC, first_own_descriptor);
  close(descriptor);
  return moved;
}

/* One end for the agent, which no program that it executes gets, one for puppets. */
static int make_pipe(int* reads, int* writes, int agent_reads) {
  int ends[2];
  if (pipe(ends) != 0) return 0;
  *reads = moved_up(ends[0], agent_reads ? FD_CLOEXEC : 0);
  *writes = moved_up(ends[1], agent_reads ? 0 : FD_CLOEXEC);
  return *reads >= 0 && *writes >= 0;
}

const char* cast_begin(const struct settings* given, struct link* link) {
  static char reason[400];
  int lent = -1;
  settings = given;
  link_to_harness = link;
  const int trouble = device_try(given->device, &lent);
  if (trouble != 0) {
    const int is_absent = trouble == -ENOENT || trouble == -ENXIO || trouble == -ENODEV;
    snprintf(reason, sizeof reason, "%.255s cannot be used: %s%s", given->device,
             strerror(-trouble), is_absent ? " (is its driver loaded?)" : "");
    return reason;
  }
  if (!make_world()) return "there is no memory to share";
  snprintf(world->path, sizeof world->path, "%s", given->device);
  world->file = moved_up(world->file, 0);
  world->lent = lent < 0 ? -1 : moved_up(lent, 0);
  if (world->file < 0 || !make_pipe(&world->lifeline, &lifeline_end, 0) ||
      !make_pipe(&news, &world->news, 1) || !make_pipe(&memory, &world->memory, 1)) {
    return "there are not enough descriptors";
  }
  fcntl(news, F_SETFL, O_NONBLOCK);
  fcntl(world->news, F_SETFL, O_NONBLOCK);
  fcntl(memory, F_SETFL, O_NONBLOCK);
  /* Children of puppets are ours to end when their parent is gone. */
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  return NULL;
}

/* --- who there is --- */

struct task* find_task(uint64_t id) {
  for (struct task* task = world->tasks; task < world->tasks + tasks_max; ++task) {
    if (task->is_alive && task->id == id) return task;
  }
  return NULL;
}

struct process* find_process(uint64_t id) {
  for (struct process* one = world->processes; one < world->processes + processes_max; ++one) {
    if (one->is_alive && one->id == id) return one;
  }
  return NULL;
}

int place_of_task(const struct task* task) { return (int)(task - world->tasks); }

int place_of_process(const struct process* process) { return (int)(process - world->processes); }

struct process* process_of(const struct task* task) { return &world->processes[task->process]; }

int sleeps(const struct task* task) { return (int)atomic_load(&task->thread.is_busy); }

struct task* place_for_task(struct process* process) {
  for (struct task* task = world->tasks; task < world->tasks + tasks_max; ++task) {
    if (task->is_alive) continue;
    memset(task, 0, sizeof *task);
    sem_init(&task->thread.go, 1, 0);
    atomic_store(&task->thread.is_busy, 1); /* until it has begun */
    task->process = place_of_process(process);
    return task;
  }
  return NULL;
}

struct process* place_for_process(void) {
  struct process* place = NULL;
  uint32_t count = 1; /* the system's own */
  for (struct process* one = world->processes; one < world->processes + processes_max; ++one) {
    if (one->is_alive) {
      ++count;
    } else if (place == NULL) {
      place = one;
    }
  }
  if (place == NULL || count >= settings->process_limit) return NULL;
  memset(place, 0, sizeof *place);
  place->device = world->lent;
  return place;
}

/* --- telling and awaiting --- */

void tell(struct thread* thread, enum deed deed, uint64_t first, uint64_t second, uint64_t third) {
  thread->deed = deed;
  thread->given[0] = first;
  thread->given[1] = second;
  thread->given[2] = third;
  thread->value = 0;
  atomic_store(&thread->is_busy, 1);
  sem_post(&thread->go);
}

/* 0 once there is no point in waiting on. */
static int wait_a_little(uint64_t* step_ns, uint64_t since_ns, const char* what) {
  enum { step_ns_max = 2000000, milliseconds = 1000000 };
  link_wait(link_to_harness, news, *step_ns);
  if (*step_ns < step_ns_max) *step_ns *= 2;
  look_for_deaths();
  if (now_ns() - since_ns > (uint64_t)settings->settle_ms_max * milliseconds) {
    cast_lose("%s does not come to an end", what);
  }
  return lost[0] == '\0' && !link_to_harness->is_gone;
}

enum { first_step_ns = 50000 };

int64_t await(struct thread* thread, const char* what) {
  const uint64_t since = now_ns();
  uint64_t step_ns = first_step_ns;
  while (atomic_load(&thread->is_busy)) {
    if (!wait_a_little(&step_ns, since, what)) return -EIO;
  }
  return thread->value;
}

int64_t ask(struct thread* thread, enum deed deed, uint64_t first, uint64_t second) {
  tell(thread, deed, first, second, 0);
  return await(thread, "what a process is asked");
}

static int anyone_is_busy(void) {
  for (const struct task* task = world->tasks; task < world->tasks + tasks_max; ++task) {
    if (task->is_alive && sleeps(task)) return 1;
  }
  return 0;
}

void settle(const struct thread* thread) {
  enum { deep_ns = 100000000 }; /* a sleep that no signal ends is not for long, as a rule */
  const uint64_t since = now_ns();
  uint64_t step_ns = first_step_ns;
  uint64_t asleep_since = 0;
  struct look before = {.all_sleep = 0};
  while (anyone_is_busy() || (thread == NULL && settings->watched_count > 0)) {
    const struct look look = look_at_all(settings->watched, settings->watched_count);
    const uint64_t now = now_ns();
    if (look.ended != 0) cast_lose("process %d, which works for calls, has ended", (int)look.ended);
    if (look.all_sleep && before.all_sleep && look.signature == before.signature) {
      if (!look.is_deep || now - asleep_since >= deep_ns) return;
    } else {
      asleep_since = now;
    }
    before = look;
    if (!wait_a_little(&step_ns, since, "a call")) return;
  }
}

void wait_ns(uint64_t nanoseconds) {
  const uint64_t until = now_ns() + nanoseconds;
  for (uint64_t now; (now = now_ns()) < until && lost[0] == '\0' && !link_to_harness->is_gone;) {
    link_wait(link_to_harness, news, until - now);
    look_for_deaths();
  }
}

void take_memory(uint8_t* into, size_t count) {
  for (size_t at = 0; at < count;) {
    const ssize_t got = read(memory, into + at, count - at);
    if (got > 0) {
      at += (size_t)got;
    } else if (got == 0 || errno != EINTR) {
      cast_lose("memory of a process was lost on its way");
      return;
    }
  }
}

/* --- making --- */

static void begin_puppet(struct process* process, struct task* task, uint32_t user,
                         uint32_t group) {
  const pid_t agent = getppid();
  close(link_to_harness->in);
  close(link_to_harness->out);
  close(lifeline_end);
  close(news);
  close(memory);
  if ((settings->capabilities & TOUCHSTONE_CAP_CREDENTIALS) != 0 &&
      (setgroups(0, NULL) != 0 || setgid(group) != 0 || setuid(user) != 0)) {
    _exit(4);
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != agent) _exit(4);
  be_process(place_of_process(process), place_of_task(task));
}

int64_t spawn_puppet(struct process* process, struct task* task, uint32_t user, uint32_t group) {
  const pid_t child = fork();
  if (child == 0) begin_puppet(process, task, user, group);
  if (child < 0) return -errno;
  process->number = (int32_t)child;
  process->is_alive = 1;
  task->is_alive = 1;
  const int64_t begun = await(&task->thread, "the beginning of a process");
  if (begun < 0) end_process(process);
  return begun;
}

/* --- ending --- */

static int is_gone(const struct process* process) {
  return kill(process->number, 0) != 0 && errno == ESRCH;
}

static void forget(struct process* process) {
  process->is_alive = 0;
  for (struct task* task = world->tasks; task < world->tasks + tasks_max; ++task) {
    if (task->process == place_of_process(process)) task->is_alive = 0;
  }
}

/* Of our own children the system also says how they ended. */
static void reap(const struct process* expected) {
  int status;
  for (pid_t ended; (ended = waitpid(-1, &status, WNOHANG)) > 0;) {
    if (expected != NULL && expected->number == ended) continue;
    for (struct process* one = world->processes; one < world->processes + processes_max; ++one) {
      if (!one->is_alive || one->number != ended) continue;
      if (WIFSIGNALED(status)) {
        cast_lose("process %u was ended by signal %d", (unsigned)one->id, WTERMSIG(status));
      } else {
        cast_lose("process %u ended by itself, status %d", (unsigned)one->id, WEXITSTATUS(status));
      }
    }
  }
}

void look_for_deaths(void) {
  reap(NULL);
  for (struct process* one = world->processes; one < world->processes + processes_max; ++one) {
    if (one->is_alive && is_gone(one)) cast_lose("process %u has ended", (unsigned)one->id);
  }
}

/* Waits for an end that was asked for: of a process, or of one of its threads. */
static void await_end(const struct process* process, int32_t thread, const char* what) {
  const uint64_t since = now_ns();
  for (;;) {
    reap(process);
    if (is_gone(process) || (thread != 0 && !thread_is_there(process->number, thread))) return;
    link_wait(link_to_harness, news, first_step_ns);
    if (now_ns() - since > (uint64_t)settings->settle_ms_max * 1000000u) {
      cast_lose("%s does not end", what);
      return;
    }
  }
}

void end_process(struct process* process) {
  kill(process->number, SIGKILL);
  await_end(process, 0, "a process");
  forget(process);
}

void end_task(struct task* task) {
  struct process* const process = process_of(task);
  if (process->main_task == place_of_task(task)) {
    end_process(process);
    return;
  }
  if (sleeps(task)) {
    syscall(SYS_tgkill, process->number, task->thread.number, SIGUSR2);
  } else {
    tell(&task->thread, deed_end, 0, 0, 0);
  }
  await_end(process, task->thread.number, "a task");
  task->is_alive = 0;
}

void cast_end(void) {
  if (world == NULL) return;
  for (struct process* one = world->processes; one < world->processes + processes_max; ++one) {
    if (one->is_alive) kill(one->number, SIGKILL);
  }
  for (struct process* one = world->processes; one < world->processes + processes_max; ++one) {
    if (!one->is_alive) continue;
    await_end(one, 0, "a process");
    forget(one);
  }
  device_leave();
  memset(world->files, 0, sizeof world->files);
  world->file_count = 0;
}
