// What all processes of a printed program share, and how tasks and processes come and go.
#include <array>

#include "conformance/reproduce/c_program_parts.h"

namespace touchstone {
namespace {

constexpr std::array task_parts{
    CPart{"", R"c(
/* A task of the case, and what it and the director tell each other. */
struct task {
  sem_t go, done;
  int step;              /* the order: to play this step, or */
  int is_asked;          /* to say whether what came of it is right */
  int is_right;
  int is_busy;           /* the order is not answered yet */
  int is_blocked;        /* it was seen asleep in its call */
  atomic_int is_calling; /* it is in the device, or on its way there or back */
  uint32_t id;           /* as the device knows the task: its handle */
  char place[64];        /* of its thread, below /proc */
  long value;            /* what the call gave: a number, or minus an errno */
  int gives;             /* and beside a 0: */
  int has_called;        /* the step was a call of the device: */
  long call_value;       /* the same of the last such step, for those who poll */
  int call_gives;
  uint32_t number;       /* the handle, or the version */
  void *received;        /* the message, in the memory of its process */
  char difference[128];  /* of the message from the one that is expected */
};
enum { NOTHING, MESSAGE, HANDLE, VERSION };

/* What all processes see. */
static struct {
  struct task tasks[task_count];
  struct {
    pid_t pid;               /* 0 before and after its life */
    uint32_t id;             /* as the device knows the process */
    int numbers[file_count]; /* of its descriptors; 0: none of that name */  //? file_count
  } processes[process_count];
  struct { /* where it lies in its receiver's memory */  //? message_count
    char *at, *data;  //? message_count
    uint64_t timestamp;  //? message_count
    void *buffers[buffers_max];  //? buffers_max
  } messages[message_count];  //? message_count
  struct {  //? time_count
    int is_known;  //? time_count
    uint64_t ns;  //? time_count
  } times[time_count];  //? time_count
  struct stat files[process_count][file_count]; /* those opened */  //? shared->files[
  int unusable; /* the errno for which the device cannot be used at all */
  int has_other_id; /* a task did not get the id that the case needs */  //? needs_id_of(
} *shared;
static int shared_file = -1; /* it is in no file, unless a program finds it by that after exec */

static const char *path = "/dev/lite_ipc";
static int is_root;           /* so processes can have their user and group */
static int device_file = -1;  /* this process's descriptor */  //? device_file
static struct task director;  /* for the steps that no task plays */
static _Thread_local struct task *me = &director;
)c"},
    CPart{"lent",
          R"c(static int lent = -1; /* a descriptor of it that no process of the case opened */
)c"},
    CPart{"unmapped", R"c(static void *unmapped; /* a page that nobody may read or write */
)c"},
    CPart{"kernel_address", R"c(#define kernel_address ((void *)(intptr_t)-8192)
)c"},
    CPart{"handle_of(", R"c(
static uint32_t handle_of(int task) { return shared->tasks[task].id; }
)c"},
    CPart{"exec_process(", R"c(static char *program; /* this one's path */
)c"},
    CPart{"", R"c(
static void kill_processes(void) {
  for (int process = 0; process < process_count; ++process) {
    if (shared->processes[process].pid > 0) kill(shared->processes[process].pid, SIGKILL);
  }
}

/* This program or the machine is at fault, not the device. */
static _Noreturn void give_up(const char *what) {
  fprintf(stderr, "this program failed: %s: %s\n", what, strerror(errno));
  if (me == &director && shared != NULL) kill_processes();
  _exit(4);
}

static void share_memory(void) {
  const int flags = MAP_SHARED | (shared_file < 0 ? MAP_ANONYMOUS : 0);
  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, flags, shared_file, 0);
  if (shared == MAP_FAILED) give_up("shared memory");
  unmapped = mmap((void *)(uintptr_t)0x0f000000, 65536, PROT_NONE,  //? unmapped
                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);  //? unmapped
}

/* 0 if the time is over first. */
static int wait_for(sem_t *event, long ms) {
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += ms / 1000;
  until.tv_nsec += ms % 1000 * 1000000;
  if (until.tv_nsec >= 1000000000) {
    ++until.tv_sec;
    until.tv_nsec -= 1000000000;
  }
  while (sem_timedwait(event, &until) != 0) {
    if (errno != EINTR) return 0;
  }
  return 1;
}
)c"},
};

constexpr std::array life_parts{
    CPart{"end_task", R"c(
static void end_task(void) {} /* the step at which live() returns */
)c"},
    CPart{"live(", R"c(
/* Of the steps below: plays one, 0 if it is the end of the task; whether what came is right. */
static int plays(int step);
static int sees_right(int step);

/* A task: does as it is told. */
static void *live(void *task) {
  me = task;
  me->id = (uint32_t)gettid(); /* if your device numbers tasks in another way, say so here */
  const ssize_t length = readlink("/proc/thread-self", me->place, sizeof me->place - 1);
  me->place[length < 0 ? 0 : length] = '\0';
  sem_post(&me->done);
  for (;;) {
    while (sem_wait(&me->go) != 0) {
    }
    if (me->is_asked) {
      me->is_right = sees_right(me->step);
    } else {
      arena_used = 0;  //? arena_used
      me->value = 0;
      me->gives = NOTHING;
      me->has_called = 0;
      if (!plays(me->step)) return NULL;
      if (me->has_called) me->call_value = me->value;
      if (me->has_called) me->call_gives = me->gives;
    }
    sem_post(&me->done);
  }
  return NULL;
}
)c"},
    CPart{"start_thread(", R"c(
static void start_thread(int task) {
  pthread_t thread;
  const int error = pthread_create(&thread, NULL, live, &shared->tasks[task]);
  me->value = -error;
  if (error != 0) return;
  pthread_detach(thread);
  if (!wait_for(&shared->tasks[task].done, start_ms)) give_up("a thread does not start");
}
)c"},
    CPart{"begin_process(", R"c(
/* What a fork made: the child lives as the process's main task. */
static void begin_process(int process, int task, pid_t pid) {
  if (pid == 0) {
    alarm(process_seconds_max); /* if the director is killed */
    shared->processes[process].id = (uint32_t)getpid();
    if (keeper_of[process] != nobody) start_thread(keeper_of[process]);  //? keeper_of
    live(&shared->tasks[task]);
    _exit(0);
  }
  me->value = pid < 0 ? -errno : 0;
  if (pid < 0) return;
  shared->processes[process].pid = pid;
  if (!wait_for(&shared->tasks[task].done, start_ms)) give_up("a process does not start");
}
)c"},
    CPart{"spawn(", R"c(
static void spawn(int process, int task, uid_t user, gid_t group) {
  const pid_t pid = fork();
  if (pid == 0 && is_root && (setgid(group) != 0 || setuid(user) != 0)) give_up("setuid");
  begin_process(process, task, pid);
}
)c"},
    CPart{"fork_process(", R"c(
static void fork_process(int process, int task) {
  const int parent = process_of[me - shared->tasks];  //? file_count
  memcpy(shared->processes[process].numbers, shared->processes[parent].numbers,  //? file_count
         sizeof shared->processes[process].numbers);  //? file_count
  begin_process(process, task, fork());
}
)c"},
    CPart{"", R"c(
static int has_ended(int process) {
  const pid_t pid = shared->processes[process].pid;
  if (pid > 0 && (kill(pid, 0) == 0 || errno != ESRCH)) return 0;
  shared->processes[process].pid = 0;
  return 1;
}
)c"},
    CPart{"end_process(", R"c(
static void end_process(int process) {
  kill(shared->processes[process].pid, SIGKILL);
  for (int ms = 0; !has_ended(process); ++ms) {
    if (ms == patience_ms) give_up("a process does not end");
    wait_for(&director.done, 1);
  }
}
)c"},
    CPart{"exec_process(", R"c(
/* The same program anew; go_on() is where it comes back. */
static void exec_process(void) {
  const int given[] = {(int)(me - shared->tasks), shared_file, is_root, device_file,
                       lent,  //? lent
                       -1};
  char words[5][16];
  char *arguments[] = {program, "--exec",  (char *)path, words[0], words[1],
                       words[2], words[3], words[4],     NULL};
  for (int i = 0; i < 5; ++i) snprintf(words[i], sizeof words[i], "%d", given[i]);
  execv(program, arguments);
  me->value = -errno;
}
)c"},
    CPart{"go_on(", R"c(
static _Noreturn void go_on(char **words) {
  const int task = atoi(words[3]);
  program = words[0];
  path = words[2];
  shared_file = atoi(words[4]);
  is_root = atoi(words[5]);
  device_file = atoi(words[6]);
  lent = atoi(words[7]);  //? lent
  share_memory();
  const int keeper = keeper_of[process_of[task]];  //? keeper_of
  if (keeper != nobody) start_thread(keeper);  //? keeper_of
  live(&shared->tasks[task]);
  _exit(0);
}
)c"},
    CPart{"fail_allocation(", R"c(
/* Only you can know how this is done on your device. */
static void fail_allocation(unsigned after) {
  char number[16];
  const char *command = getenv("FAIL_ALLOCATION");
  if (command == NULL) {
    fprintf(stderr, "the device's next allocation but %u has to fail here: put a command that sees "
            "to it\ninto $FAIL_ALLOCATION, which finds that number in $AFTER\n", after);
    kill_processes();
    exit(3);
  }
  snprintf(number, sizeof number, "%u", after);
  setenv("AFTER", number, 1);
  signal(SIGCHLD, SIG_DFL); /* for system() to see the command end */
  if (system(command) != 0) give_up(command);
  signal(SIGCHLD, SIG_IGN);
}
)c"},
    CPart{"ask_for_id_of(", R"c(
/* The next task is to have the id of one that has ended. */
static void ask_for_id_of(int ended) {
  FILE *file = fopen("/proc/sys/kernel/ns_last_pid", "w");
  if (file == NULL) return; /* another system may do so by itself */
  fprintf(file, "%lu", (unsigned long)shared->tasks[ended].id - 1);
  fclose(file);
}
)c"},
    CPart{"needs_id_of(", R"c(
static void needs_id_of(int ended, int task) {
  if (shared->tasks[task].id != shared->tasks[ended].id) shared->has_other_id = 1;
}
)c"},
    CPart{"borrow_device(", R"c(
/* A descriptor of the device that this process has not opened: another one did. */
static void borrow_device(void) {
  int ends[2];
  char byte = 0;
  char control[CMSG_SPACE(sizeof(int))] = {0};
  struct iovec bytes = {&byte, 1};
  struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control,
                           .msg_controllen = sizeof control};
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) give_up("socketpair");
  if (fork() == 0) {
    const int opened = open(path, O_RDWR);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof opened);
    memcpy(CMSG_DATA(header), &opened, sizeof opened);
    if (opened < 0) shared->unusable = errno;
    _exit(opened < 0 || sendmsg(ends[1], &message, 0) != 1);
  }
  close(ends[1]);
  if (recvmsg(ends[0], &message, 0) == 1) {
    memcpy(&lent, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof lent);
  }
  close(ends[0]);
  device_file = lent;
}
)c"},
    CPart{"advance(", R"c(
enum { limit_ms = 5000, slack_ms = 250 }; /* of a call or reply; for what a clock may be late */
static long case_ms;                   /* what has passed by the case */
static long played_ms[step_count + 1]; /* when each step was played, by its number */

static long real_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The time limit of step `over` is over then for sure, that of `not_over` is not, also while
 * `sleeps` steps look whether a task sleeps; 0: of none. */
static void advance(long ms, int over, int not_over, int sleeps) {
  case_ms += ms;
  const long earliest = played_ms[over] + limit_ms + slack_ms;
  const long latest = played_ms[not_over] + limit_ms - slack_ms - sleeps * settle_ms;
  const long until_start = played_ms[1] + case_ms; /* what came late before is made up for */
  long until = real_ms() + ms;
  if (until < until_start) until = until_start;
  if (not_over > 0 && until > latest) until = latest;
  if (over > 0 && until < earliest) until = earliest;
  if (over > 0 && not_over > 0 && earliest > latest) until = (earliest + latest) / 2;
  for (long left; (left = until - real_ms()) > 0;) poll(NULL, 0, (int)left);
}
)c"},
};

}  // namespace

std::span<const CPart> c_task_parts() { return task_parts; }
std::span<const CPart> c_life_parts() { return life_parts; }

}  // namespace touchstone
