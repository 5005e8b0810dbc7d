#define _GNU_SOURCE
#include "agent/world.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* World, scratch areas, and a part that nobody may read or write. */
enum { part_bytes = 65536 };

struct world* world;

static size_t scratch_offset(void) {
  return (sizeof(struct world) + part_bytes - 1) / part_bytes * part_bytes;
}

static size_t bad_offset(void) { return scratch_offset() + (size_t)tasks_max * scratch_bytes; }

static size_t all_bytes(void) { return bad_offset() + part_bytes; }

static int map_world(int file, void* at) {
  char* const mapped = mmap(at, all_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (mapped == MAP_FAILED) return 0;
  if ((at != NULL && mapped != at) || mprotect(mapped + bad_offset(), part_bytes, PROT_NONE) != 0) {
    munmap(mapped, all_bytes());
    return 0;
  }
  world = (struct world*)mapped;
  return 1;
}

int make_world(void) {
  /* Low, where even a small board has user memory, and an image of 64 bits has nothing. */
  static const uintptr_t places[] = {0x10000000, 0x18000000, 0x20000000, 0x28000000, 0};
  const int file = (int)syscall(SYS_memfd_create, "touchstone-agent", 0u);
  if (file < 0 || ftruncate(file, (off_t)all_bytes()) != 0) return 0;
  for (size_t i = 0; i < sizeof places / sizeof places[0]; ++i) {
    if (!map_world(file, (void*)places[i])) continue;
    world->file = file;
    world->bad_address = (uintptr_t)world + bad_offset();
    return 1;
  }
  close(file);
  return 0;
}

int find_world(int file, void* at) { return map_world(file, at); }

unsigned char* scratch_of(const struct task* task) {
  const size_t place = (size_t)(task - world->tasks);
  return (unsigned char*)world + scratch_offset() + place * scratch_bytes;
}

int is_scratch(uint64_t address, uint64_t bytes) {
  const uint64_t start = (uintptr_t)world + scratch_offset();
  const uint64_t size = (uint64_t)tasks_max * scratch_bytes;
  return address >= start && address - start <= size && bytes <= size - (address - start);
}
