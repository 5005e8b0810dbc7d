#define _GNU_SOURCE
#include "agent/kcov.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <touchstone/kcov_map.h>
#include <unistd.h>

/* As the kernel counts: 8 bytes a word, also for a program of 32 bits, which is why the kernel's
 * own header does not give the first of these numbers there. */
enum { words_max = 65536, kcov_trace_pc = 0, first_descriptor = 300 };
static const unsigned long kcov_init_trace = 0x80086301;
static const unsigned long kcov_enable = 0x6364;
static const unsigned long kcov_disable = 0x6365;

static struct touchstone_kcov_map* map;
static uint64_t map_bytes;
static _Thread_local int kcov;
static _Thread_local volatile uint64_t*
    trace; /* how many, and the addresses reached, in their order */

static void map_file(const char* name) {
  struct stat status;
  const int file = open(name, O_RDWR | O_CLOEXEC);
  if (file < 0) return;
  if (fstat(file, &status) == 0 && (uint64_t)status.st_size > sizeof *map) {
    void* const mapped =
        mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped != MAP_FAILED) map = mapped;
    map_bytes = (uint64_t)status.st_size;
  }
  close(file);
}

/* Its descriptor is none of the case's. */
static volatile uint64_t* begin_trace(void) {
  const int opened = open("/sys/kernel/debug/kcov", O_RDWR | O_CLOEXEC);
  if (opened < 0) return NULL;
  kcov = fcntl(opened, F_DUPFD_CLOEXEC, first_descriptor);
  close(opened);
  if (kcov < 0) return NULL;
  void* mapped = MAP_FAILED;
  if (syscall(SYS_ioctl, kcov, kcov_init_trace, (unsigned long)words_max) == 0) {
    mapped = mmap(NULL, words_max * sizeof *trace, PROT_READ | PROT_WRITE, MAP_SHARED, kcov, 0);
  }
  if (mapped == MAP_FAILED) return NULL;
  if (syscall(SYS_ioctl, kcov, kcov_enable, (unsigned long)kcov_trace_pc) != 0) return NULL;
  return mapped;
}

void kcov_task_begins(void) {
  const char* const name = getenv(TOUCHSTONE_KCOV_VARIABLE);
  if (name == NULL) return;
  if (map == NULL) map_file(name);
  if (map == NULL) return;
  trace = begin_trace();
  if (trace == NULL) map->error = (uint64_t)errno;
}

void kcov_task_ends(void) {
  if (trace == NULL) return;
  kcov_call_ends();
  syscall(SYS_ioctl, kcov, kcov_disable, 0ul);
  munmap((void*)(uintptr_t)trace, words_max * sizeof *trace);
  close(kcov);
  trace = NULL;
}

void kcov_call_begins(void) {
  if (trace != NULL) trace[0] = 0;
}

void kcov_call_ends(void) {
  if (trace == NULL) return;
  const uint64_t count = trace[0];
  const uint64_t points_max = map_bytes - sizeof *map;
  uint64_t last = 0;
  for (uint64_t i = 1; i <= count && i < words_max; ++i) {
    const uint64_t point = trace[i] - map->begin;
    if (trace[i] < map->begin || trace[i] >= map->end || point >= points_max) continue;
    TOUCHSTONE_KCOV_POINTS(map)[point] = 1;
    map->edges[(last * 31 + point) % TOUCHSTONE_KCOV_EDGES] = 1;
    last = point;
  }
  kcov_call_begins();
}
