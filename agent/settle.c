#define _GNU_SOURCE
#include "agent/settle.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/world.h"

/* The number behind `key` at the start of a line; 0 if there is none. */
static unsigned long long number_behind(const char* text, const char* key, int base) {
  const char* at = strstr(text, key);
  return at == NULL ? 0 : strtoull(at + strlen(key), NULL, base);
}

static void add(struct look* look, uint64_t value) {
  look->signature = (look->signature ^ value) * 0x100000001b3u;
}

/* Signals that end a process, as /proc has those that are pending. */
static int is_deadly(unsigned long long pending) {
  static const int deadly[] = {SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGKILL, SIGSEGV};
  for (size_t i = 0; i < sizeof deadly / sizeof deadly[0]; ++i) {
    if ((pending >> (deadly[i] - 1) & 1) != 0) return 1;
  }
  return 0;
}

/* A thread that slept in two looks has not run between them unless it was switched in and out. */
static void take_status(struct look* look, const char* text) {
  const char* const state = strstr(text, "\nState:\t");
  const char letter = state == NULL ? '?' : state[8];
  if (letter == 'D') look->is_deep = 1;
  if (letter != 'S' && letter != 'D') look->all_sleep = 0;
  /* One that waits for its own end, as a faulting thread under an emulator does, is not asleep. */
  if (is_deadly(number_behind(text, "\nSigPnd:\t", 16) | number_behind(text, "\nShdPnd:\t", 16))) {
    look->all_sleep = 0;
  }
  add(look, number_behind(text, "\nvoluntary_ctxt_switches:\t", 10));
  add(look, number_behind(text, "\nnonvoluntary_ctxt_switches:\t", 10));
}

/* 0 if it is gone. */
static int look_at_thread(struct look* look, int32_t process, int32_t thread) {
  char name[64];
  char text[4096];
  snprintf(name, sizeof name, "/proc/%d/task/%d/status", (int)process, (int)thread);
  const int file = open(name, O_RDONLY | O_CLOEXEC);
  const ssize_t count = file < 0 ? -1 : read(file, text, sizeof text - 1);
  if (file >= 0) close(file);
  if (count <= 0) return 0;
  text[count] = '\0';
  add(look, (uint64_t)thread);
  take_status(look, text);
  return 1;
}

/* 0 if it is gone. */
static int look_at_process(struct look* look, int32_t process) {
  char name[64];
  snprintf(name, sizeof name, "/proc/%d/task", (int)process);
  DIR* const threads = opendir(name);
  if (threads == NULL) return 0;
  for (const struct dirent* entry; (entry = readdir(threads)) != NULL;) {
    const int32_t thread = (int32_t)strtol(entry->d_name, NULL, 10);
    if (thread > 0) look_at_thread(look, process, thread);
  }
  closedir(threads);
  return 1;
}

struct look look_at_all(const int32_t* watched, int watched_count) {
  struct look look = {.all_sleep = 1, .signature = 0xcbf29ce484222325u};
  for (int i = 0; i < tasks_max && look.all_sleep; ++i) {
    const struct task* task = &world->tasks[i];
    if (!task->is_alive || !atomic_load(&task->thread.is_busy)) continue;
    const int32_t process = world->processes[task->process].number;
    if (!atomic_load(&task->thread.is_calling) ||
        !look_at_thread(&look, process, task->thread.number)) {
      look.all_sleep = 0;
    }
  }
  for (int i = 0; i < watched_count && look.all_sleep; ++i) {
    if (!look_at_process(&look, watched[i])) look.ended = watched[i];
  }
  return look;
}

int thread_is_there(int32_t process, int32_t thread) {
  char name[64];
  snprintf(name, sizeof name, "/proc/%d/task/%d", (int)process, (int)thread);
  return access(name, F_OK) == 0;
}
