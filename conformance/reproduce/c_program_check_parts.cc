// How a printed program holds what came back against what is right, and how its director goes
// through the steps.
#include <array>

#include "conformance/reproduce/c_program_parts.h"

namespace touchstone {
namespace {

constexpr std::array check_parts{
    CPart{"is_value(", R"c(
static int is_value(long value) {
  return !me->is_blocked && me->gives == NOTHING && me->value == value;
}
)c"},
    CPart{"is_error(", R"c(
static int is_error(int error) { return !me->is_blocked && me->value == -error; }
)c"},
    CPart{"is_blocked(", R"c(
static int is_blocked(void) { return me->is_blocked; }
)c"},
    CPart{"is_task(", R"c(
static int is_task(int task) { return !me->is_blocked && me->value == (long)handle_of(task); }
)c"},
    CPart{"is_service(", R"c(
static int is_service(uint32_t handle) {
  return !me->is_blocked && me->gives == HANDLE && me->number == handle;
}
)c"},
    CPart{"is_version(", R"c(
static int is_version(uint32_t version) {
  return !me->is_blocked && me->gives == VERSION && me->number == version;
}
)c"},
    CPart{"struct expected", R"c(
struct expected_object {  //? .objects = 
  uint32_t type;  //? .objects = 
  uint32_t handle, token, cookie; /* of a service */  //? .objects = 
  uint32_t size;                  /* of a buffer */  //? .objects = 
  const unsigned char *bytes;  //? .objects = 
  int file;                       /* name of a descriptor */  //? .objects = 
  int has_origin, process, origin; /* the first name of its file */  //? .objects = 
};  //? .objects = 

struct expected {
  int name; /* what the case calls it, or nobody */
  uint32_t type, to, token, cookie, code, flag, task, process, user, group;
  int by_kernel; /* instead of a task and a process */
  int time;
  const unsigned char *data; /* zeroes where objects stand */
  uint32_t size;
  const uint32_t *offsets;  //? .objects = 
  const struct expected_object *objects;  //? .objects = 
  uint32_t object_count;  //? .objects = 
};
)c"},
    CPart{"same(", R"c(
static int same(const char *what, unsigned long long got, unsigned long long expected) {
  if (got == expected) return 1;
  snprintf(me->difference, sizeof me->difference, "a message whose %s is %llu and not %llu", what,
           got, expected);
  return 0;
}
)c"},
    CPart{"is_in_pool(", R"c(
static int is_in_pool(const void *at, size_t bytes) {
  const uintptr_t from = (uintptr_t)at - (uintptr_t)pool;
  if (pool_is_mapped && from <= pool_bytes && bytes <= pool_bytes - from) return 1;
  snprintf(me->difference, sizeof me->difference, "a message that is not all in the pool");
  return 0;
}
)c"},
    CPart{"same_time(", R"c(
/* Times with one name are the same, times with two are not. */
static int same_time(int name, uint64_t ns) {
  for (int other = 0; other < time_count; ++other) {
    const int is_same = shared->times[other].ns == ns;
    if (!shared->times[other].is_known || is_same == (other == name)) continue;
    snprintf(me->difference, sizeof me->difference, "a message whose timestamp is %s",
             other == name ? "not the one it should be" : "that of another");
    return 0;
  }
  shared->times[name].is_known = 1;
  shared->times[name].ns = ns;
  return 1;
}
)c"},
    CPart{"same_descriptor(", R"c(
static int same_descriptor(uint32_t number, const struct expected_object *expected) {
  struct stat got;
  if (number < 3 || fstat((int)number, &got) != 0) {
    snprintf(me->difference, sizeof me->difference, "a message with descriptor %u, not open",
             (unsigned)number);
    return 0;
  }
  if (!expected->has_origin) return 1;
  return same("descriptor's file", got.st_ino,
              shared->files[expected->process][expected->origin].st_ino);
}
)c"},
    CPart{"same_bytes(", R"c(
static int same_bytes(const char *what, const unsigned char *got, const unsigned char *expected,
                      uint32_t size) {
  for (uint32_t i = 0; i < size; ++i) {
    if (got[i] != expected[i]) return same(what, got[i], expected[i]);
  }
  return 1;
}
)c"},
    CPart{"same_objects(", R"c(
static int same_object(const struct object *got, const struct expected_object *expected) {
  if (!same("object's type", got->type, expected->type)) return 0;
  switch (got->type) {
    case DESCRIPTOR:  //? .file = 
      return same_descriptor(got->is.descriptor, expected);  //? .file = 
    case BUFFER:
      return same("buffer's size", got->is.buffer.size, expected->size) &&
             is_in_pool(got->is.buffer.at, expected->size) &&
             same_bytes("buffer's byte", got->is.buffer.at, expected->bytes, expected->size);
    case SERVICE:
      return same("service", got->is.service.handle, expected->handle) &&
             same("service's token", got->is.service.token, expected->token) &&
             same("service's cookie", got->is.service.cookie, expected->cookie);
    default:
      return 1;
  }
}

static int same_objects(const struct message *got, const struct expected *expected) {
  uint32_t end = 0;
  lay_out(expected->offsets, expected->object_count);
  if (!same("size of data", got->data_size, place(expected->size)) ||
      !same("number of objects", got->object_count, expected->object_count) ||
      !is_in_pool(got->data, got->data_size) ||
      !is_in_pool(got->offsets, 4 * (size_t)got->object_count)) {
    return 0;
  }
  for (uint32_t i = 0; i <= expected->object_count; ++i) {
    uint32_t at = place(expected->size);
    if (i < expected->object_count) {
      memcpy(&at, (unsigned char *)got->offsets + 4 * i, 4);
      if (!same("object's offset", at, place(expected->offsets[i]))) return 0;
    }
    /* The bytes before it. */
    const uint32_t to = i < expected->object_count ? expected->offsets[i] : expected->size;
    for (; end < to; ++end) {
      const unsigned char byte = ((unsigned char *)got->data)[place(end)];
      if (!same("byte of data", byte, expected->data[end])) return 0;
    }
    if (i == expected->object_count) return 1;
    struct object object;
    memcpy(&object, (unsigned char *)got->data + at, sizeof object);
    if (!same_object(&object, &expected->objects[i])) return 0;
    end = expected->offsets[i] + case_object;
  }
  return 1;
}

/* What the case calls the descriptors and buffers is known from now on. */
static void name_objects(const struct message *got, const struct expected *expected) {
  int buffers = 0;  //? buffers_max
  for (uint32_t i = 0; i < expected->object_count; ++i) {
    struct object object;
    memcpy(&object, (unsigned char *)got->data + place(expected->offsets[i]), sizeof object);
    if (object.type == DESCRIPTOR) {  //? .file = 
      int *numbers = shared->processes[process_of[me - shared->tasks]].numbers;  //? .file = 
      numbers[expected->objects[i].file] = (int)object.is.descriptor;  //? .file = 
    }  //? .file = 
    if (object.type == BUFFER && expected->name != nobody) {  //? buffers_max
      shared->messages[expected->name].buffers[buffers++] = object.is.buffer.at;  //? buffers_max
    }  //? buffers_max
  }
}
)c"},
    CPart{"is_message(", R"c(
static int is_message(const struct expected *expected) {
  if (me->is_blocked || me->gives != MESSAGE) return 0;
  const struct message *got = me->received;
  if (!is_in_pool(got, sizeof *got) || !same("type", got->type, expected->type) ||
      !same("target", got->handle, expected->to) ||
      !same("token", got->token, expected->token) ||
      !same("cookie", got->cookie, expected->cookie) || !same("code", got->code, expected->code) ||
      !same("flag", got->flag, expected->flag)) {
    return 0;
  }
  if (expected->by_kernel) {  //? .by_kernel = 
    for (int task = 0; task < task_count; ++task) {  //? .by_kernel = 
      if (got->task == handle_of(task)) return same("sender", got->task, 0);  //? .by_kernel = 
    }  //? .by_kernel = 
  } else  //? .by_kernel = 
  if (!same("sender", got->task, expected->task) ||
      !same("sender's process", got->process, expected->process)) {
    return 0;
  }
  if (is_root && (!same("sender's user", got->user, expected->user) ||
                  !same("sender's group", got->group, expected->group))) {
    return 0;
  }
  if (expected->object_count > 0) {  //? .objects = 
    if (!same_objects(got, expected)) return 0;  //? .objects = 
  } else  //? .objects = 
  if (!same("size of data", got->data_size, expected->size) ||
      !same("number of objects", got->object_count, 0) ||
      !same("pointer to offsets", (uintptr_t)got->offsets, 0) ||
      (expected->size == 0 && !same("pointer to data", (uintptr_t)got->data, 0)) ||
      (expected->size > 0 && (!is_in_pool(got->data, expected->size) ||
       !same_bytes("byte of data", got->data, expected->data, expected->size)))) {
    return 0;
  }
  if (!same_time(expected->time, got->timestamp)) return 0;
  if (expected->object_count > 0) name_objects(got, expected);  //? .objects = 
  if (expected->name == nobody) return 1;
  shared->messages[expected->name].at = me->received;
  shared->messages[expected->name].data = got->data;
  shared->messages[expected->name].timestamp = got->timestamp;
  return 1;
}
)c"},
};

constexpr std::array director_parts{
    CPart{"", R"c(
/* --- the director --- */

static _Noreturn void end(int status) {
  kill_processes();
  exit(status);
}

static const char *what_came(const struct task *task) {
  static const struct {
    int number;
    const char *name;
  } errors[] = {{EPERM, "EPERM"},   {ENOENT, "ENOENT"}, {EBADF, "EBADF"},   {EAGAIN, "EAGAIN"},
                {ENOMEM, "ENOMEM"}, {EACCES, "EACCES"}, {EFAULT, "EFAULT"}, {EEXIST, "EEXIST"},
                {EINVAL, "EINVAL"}, {ETIME, "ETIME"}};
  static char text[192];
  if (task->is_blocked) return "blocked";
  for (size_t i = 0; i < sizeof errors / sizeof errors[0]; ++i) {
    if (task->value == -errors[i].number) return errors[i].name;
  }
  const long value = task->value;
  switch (task->gives) {
    case MESSAGE:
      if (task->difference[0] != '\0') return task->difference;
      return "0 and a message";
    case HANDLE:
    case VERSION:
      snprintf(text, sizeof text, "0 %s=%lu", task->gives == HANDLE ? "service" : "version",
               (unsigned long)task->number);
      break;
    default:
      snprintf(text, sizeof text, value < 0 ? "%ld (an errno)" : "%ld", value);
  }
  return text;
}

static _Noreturn void differ(const struct step *step, const char *got) {
  printf("%s: line %d: %s\n  expected  %s\n  got       %s\n", case_name, step->line, step->text,
         step->expected, got);
  printf("  clause    %s\n", case_clause);  //? case_clause
  end(1);
}

static int is_asleep(const struct task *task) {
  char name[80];
  char text[256];
  if (!task->is_calling) return 0;
  snprintf(name, sizeof name, "/proc/%s/stat", task->place);
  FILE *file = fopen(name, "r");
  if (file == NULL) return 1; /* the system does not tell */
  text[fread(text, 1, sizeof text - 1, file)] = '\0';
  fclose(file);
  const char *const state = strrchr(text, ')');
  return state == NULL || state[1] == '\0' || state[2] == 'S' || state[2] == 'D';
}

/* 0 if the task has slept in its call for so long, 1 once it has done as ordered. */
static int answers(const struct step *step, struct task *task, int asleep_ms_max) {
  int asleep_ms = 0;
  for (int ms = 0; task->is_busy; ms += 5) {
    if (wait_for(&task->done, 5)) {
      task->is_busy = 0;
      break;
    }
    asleep_ms = is_asleep(task) ? asleep_ms + 5 : 0;
    if (asleep_ms >= asleep_ms_max) return 0;
    if (has_ended(process_of[task - shared->tasks])) {
      if (!task->is_calling) give_up("a process ended");
      differ(step, "the end of the process in its call");
    }
    if (ms > 10 * patience_ms) differ(step, "no answer");
  }
  return 1;
}

static void order(struct task *task, const struct step *step, int is_asked) {
  task->step = (int)(step - steps);
  task->is_asked = is_asked;
  task->is_busy = 1;
  sem_post(&task->go);
}
)c"},
    CPart{"sees_right(", R"c(
static int plays(int step) {
  if (steps[step].play == end_task) return 0;  //? end_task
  steps[step].play();
  return 1;
}

static int sees_right(int step) { return steps[step].right(); }
)c"},
    CPart{"end_task", R"c(
static void await_end(struct task *task) {
  char name[80];
  if (task->place[0] == '\0') wait_for(&director.done, settle_ms); /* the system does not tell */
  snprintf(name, sizeof name, "/proc/%s/stat", task->place);
  for (int ms = 0; !has_ended(process_of[task - shared->tasks]) && access(name, F_OK) == 0; ++ms) {
    if (ms == patience_ms) give_up("a task does not end");
    wait_for(&director.done, 1);
  }
  has_ended(process_of[task - shared->tasks]); /* takes note of it */
  task->is_busy = 0;
}
)c"},
    CPart{"check_ids", R"c(
static void check_ids(void) {
  if (!shared->has_other_id) return;
  fputs("no task gets the id of an ended one here, which the case needs\n", stderr);
  end(3);
}
)c"},
    CPart{"", R"c(
static int is_right(const struct step *step, struct task *task) {
  if (step->right == NULL) return 1;
  if (task->is_blocked || task == &director) {
    me = task;
    return step->right();
  }
  order(task, step, 1); /* a message can be seen in its receiver's process alone */
  if (!answers(step, task, patience_ms)) give_up("a task does not answer");
  return task->is_right;
}

static void run(const struct step *step) {
  struct task *task = step->task == nobody ? &director : &shared->tasks[step->task];
  me = &director;
  task->is_blocked = 0;
  if (task == &director) {
    director.value = 0;
    step->play();
  } else if (step->play == end_task) {  //? end_task
    order(task, step, 0);  //? end_task
    await_end(task);  //? end_task
    director.value = 0;  //? end_task
    task = &director;  //? end_task
  } else if (step->play != NULL) {
    if (!answers(step, task, patience_ms)) differ(step, "nothing: the task sleeps in a call");
    task->difference[0] = '\0';
    order(task, step, 0);
  }
  int may_block = step->right == NULL;
  if (task->is_busy && !may_block) {
    me = task;
    task->is_blocked = 1;
    may_block = step->right();
  }
  task->is_blocked = !answers(step, task, may_block ? settle_ms : patience_ms);
  if (step->play == NULL) {
    task->value = task->call_value;
    task->gives = task->call_gives;
  }
  if (shared->unusable != 0) {
    fprintf(stderr, "%s cannot be used: %s\n", path, strerror(shared->unusable));
    end(3);
  }
  check_ids();  //? needs_id_of(
  if (!is_right(step, task)) differ(step, what_came(task));
}

int main(int argc, char **argv) {
  if (sizeof(void *) != case_pointer) {  //? case_pointer
    const int bits = 8 * case_pointer;  //? case_pointer
    fprintf(stderr, "this case is for %d bits: build with -m%d\n", bits, bits);  //? case_pointer
    return 2;  //? case_pointer
  }  //? case_pointer
  if (argc > 2 && strcmp(argv[1], "--exec") == 0) go_on(argv);  //? exec_process(
  program = argv[0];  //? exec_process(
  if (argc > 1) path = argv[1];
  if (access(path, F_OK) != 0) {
    fprintf(stderr, "%s cannot be used: %s\n", path, strerror(errno));
    return 3;
  }
  is_root = geteuid() == 0;
  if (!is_root) fputs("not root: users and groups are neither set nor compared\n", stderr);
  shared_file = fileno(tmpfile());  //? exec_process(
  if (ftruncate(shared_file, sizeof *shared) != 0) give_up("ftruncate");  //? exec_process(
  share_memory();
  if (sem_init(&director.done, 0, 0) != 0) give_up("sem_init");
  for (int task = 0; task < task_count; ++task) {
    if (sem_init(&shared->tasks[task].go, 1, 0) != 0) give_up("sem_init");
    if (sem_init(&shared->tasks[task].done, 1, 0) != 0) give_up("sem_init");
  }
  borrow_device();  //? lent
  signal(SIGCHLD, SIG_IGN); /* so that a process is gone as soon as it has ended */
  prctl(PR_SET_CHILD_SUBREAPER, 1);  //? fork_process(
  const size_t count = sizeof steps / sizeof steps[0];
  for (size_t i = 0; i < count; ++i) {
    played_ms[i + 1] = real_ms();  //? advance(
    run(&steps[i]);
  }
  printf("%s: all %zu steps as expected\n", case_name, count);
  end(0);
}
)c"},
};

}  // namespace

std::span<const CPart> c_check_parts() { return check_parts; }
std::span<const CPart> c_director_parts() { return director_parts; }

}  // namespace touchstone
