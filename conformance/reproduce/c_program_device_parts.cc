// How a printed program calls the device, and how it makes messages: as adapter/encode.cc does, in
// the data model that the program is built for.
#include <array>

#include "conformance/reproduce/c_program_parts.h"

namespace touchstone {
namespace {

constexpr std::array structure_parts{
    CPart{"", R"c(#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>  //? poll(
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>  //? prctl(
#include <sys/socket.h>  //? socketpair(
#include <sys/stat.h>  //? fstat(
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

/* --- what the device takes and gives, as this compiler lays it out --- */  //? call(

)c"},
    CPart{"SET_CMS", "#define SET_CMS 0x6901ul\n"},
    CPart{"CMS_COMMAND", "#define CMS_COMMAND 0xc00c6902ul\n"},
    CPart{"SET_IPC_THREAD", "#define SET_IPC_THREAD 0x6903ul\n"},
    CPart{"SEND_RECEIVE", R"c(#define SEND_RECEIVE (0xc0006904ul | sizeof(struct content) << 16)
)c"},
    CPart{"GET_VERSION", "#define GET_VERSION 0x80046905ul\n"},
    CPart{"struct message", R"c(
enum { REQUEST, REPLY, FAILED_REPLY, DEATH_NOTIFY };
struct message {
  uint32_t type, handle, token, cookie, code, flag;
  uint64_t timestamp;
  uint32_t data_size;
  void *data;
  uint32_t object_count;
  void *offsets; /* of the objects in the data, 32 bits each */
  uint32_t process, task, user, group; /* of the sender */
};
_Static_assert(sizeof(struct message) == (sizeof(void *) == 8 ? 80 : 64), "struct message");
)c"},
    CPart{"struct object", R"c(
enum { DESCRIPTOR, BUFFER, SERVICE };
struct object {
  uint32_t type;
  union {
    uint32_t descriptor;
    struct {
      uint32_t size;
      void *at;
    } buffer;
    struct {
      uint32_t handle, token, cookie;
    } service;
  } is;
};
_Static_assert(sizeof(struct object) == (sizeof(void *) == 8 ? 24 : 16), "struct object");
)c"},
    CPart{"struct content", R"c(
enum { SEND = 1, RECEIVE = 2, FREE = 4 };
struct content {
  uint32_t flags;
  void *out, *in, *free; /* messages, and a buffer to give back */
};
)c"},
    CPart{"struct cms_content", R"c(
enum { GEN_HANDLE, REMOVE_HANDLE, ADD_ACCESS };
struct cms_content {
  uint32_t command, subject, service;
};
)c"},
};

constexpr std::array device_parts{
    CPart{"pool_bytes", R"c(
static char *pool; /* of this process */
static size_t pool_bytes;
static int pool_is_mapped;
)c"},
    CPart{"open_device", R"c(
static void open_device(void) {
  const int opened = open(path, O_RDWR);
  if (opened >= 0) {
    device_file = opened;
  } else {
    me->value = -errno;
    if (errno != ENOMEM) shared->unusable = errno;
  }
}
)c"},
    CPart{"close_device", R"c(
static void close_device(void) {
  if (device_file != lent && close(device_file) != 0) me->value = -errno;
  device_file = lent;
}
)c"},
    CPart{"map_pool", R"c(
static void map_pool(size_t bytes, int protection, int flags) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  char *at = mmap(NULL, bytes, protection, flags, device_file, 0);
  if (at == MAP_FAILED) {
    me->value = -errno;
    if (errno == ENODEV) shared->unusable = errno;
    return;
  }
  pool = at;
  pool_is_mapped = 1;
  pool_bytes = (bytes + page - 1) / page * page;
}
)c"},
    CPart{"unmap_pool", R"c(
static void unmap_pool(void) {
  if (pool_is_mapped && munmap(pool, pool_bytes) != 0) me->value = -errno;
  pool_is_mapped = 0;
}
)c"},
    CPart{"call(", R"c(
static void call(unsigned long word, void *argument) {
  me->is_calling = 1;
  const long value = ioctl(device_file, word, argument);
  me->value = value < 0 ? -errno : value;
  me->is_calling = 0;
  me->has_called = 1;
  if (me->value == -ENOTTY) shared->unusable = ENOTTY;
}
)c"},
    CPart{"take(", R"c(
/* Memory of each task for arguments.  It lies low, where even a small board has user memory. */
static _Thread_local unsigned char *arena;
static _Thread_local size_t arena_used;

static void *take(size_t bytes) { /* zeroes */
  if (arena == NULL) {
    char *const wanted = (char *)(uintptr_t)0x10000000 + (me - shared->tasks) * arena_bytes;
    arena = mmap(wanted, arena_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (arena == MAP_FAILED) give_up("mmap");
  }
  void *const at = arena + arena_used;
  arena_used += (bytes + 7) / 8 * 8;
  if (arena_used > arena_bytes) give_up("the arena is too small");
  return memset(at, 0, bytes);
}
)c"},
    CPart{"copied(", R"c(
/* In memory of `room` bytes, which ends in zeroes. */
static void *copied(const void *bytes, size_t count, size_t room) {
  return memcpy(take(room), bytes, count);
}
)c"},
    CPart{"cms_command(", R"c(
static void cms_command(uint32_t command, uint32_t subject, uint32_t service) {
  struct cms_content *content = take(sizeof *content);
  content->command = command;
  content->subject = subject;
  content->service = service;
  call(CMS_COMMAND, content);
  if (command == GEN_HANDLE && me->value == 0) me->gives = HANDLE;
  me->number = content->service;
}
)c"},
    CPart{"get_version", R"c(
static void get_version(void) {
  uint32_t *words = take(8); /* the version, and what is behind it */
  words[0] = words[1] = 0xfefefefe;
  call(GET_VERSION, words);
  if (me->value == 0) me->gives = VERSION;
  me->number = words[1] == 0xfefefefe ? words[0] : 0xffffffff;
}
)c"},
    CPart{"send_receive(", R"c(
static void send_receive(uint32_t flags, void *out, void *to_free) {
  struct content *content = take(sizeof *content);
  content->flags = flags;
  content->out = out;
  content->free = to_free;
  call(SEND_RECEIVE, content);
  if ((flags & RECEIVE) == 0 || me->value != 0) return;
  me->gives = MESSAGE;
  me->received = content->in;
}
)c"},
    CPart{"new_message(", R"c(
static struct message *new_message(uint32_t type, uint32_t handle) {
  struct message *out = take(sizeof *out);
  out->type = type;
  out->handle = handle;
  out->offsets = take(4);
  out->process = out->task = out->user = out->group = 0xfefefefe; /* not a sender's to say */
  return out;
}
)c"},
    CPart{"place(", R"c(
/* The case counts with objects of `case_object` bytes.  Where they have another size here, what
 * stands behind one moves. */
static _Thread_local const uint32_t *object_at; /* in the case */
static _Thread_local uint32_t object_total;

static void lay_out(const uint32_t *objects, uint32_t count) {
  object_at = objects;
  object_total = count;
}

static uint32_t place(uint32_t case_offset) {
  uint32_t before = 0; /* objects that end there or earlier, those with one end counted once */
  for (uint32_t i = 0; i < object_total; ++i) {
    uint32_t first = 0;
    while (object_at[first] != object_at[i]) ++first;
    if (first == i && (uint64_t)object_at[i] + case_object <= case_offset) ++before;
  }
  return case_offset + before * ((uint32_t)sizeof(struct object) - case_object);
}
)c"},
    CPart{"put_data(", R"c(
/* Objects go into what it returns. */
static unsigned char *put_data(const unsigned char *bytes, uint32_t count, uint32_t room) {
  unsigned char *data = take(place(room));
  for (uint32_t i = 0; i < count; ++i) data[place(i)] = bytes[i];
  return data;
}
)c"},
    CPart{"put_offsets(", R"c(
static void put_offsets(struct message *out, const uint32_t *offsets, uint32_t count,
                        uint32_t room) {
  uint32_t *placed = take(4 * (size_t)room);
  for (uint32_t i = 0; i < count; ++i) placed[i] = place(offsets[i]);
  out->offsets = placed;
  out->object_count = count;
}
)c"},
    CPart{"put_descriptor(", R"c(
static void put_descriptor(unsigned char *data, uint32_t case_offset, uint32_t descriptor) {
  struct object object;
  memset(&object, 0, sizeof object);
  object.type = DESCRIPTOR;
  object.is.descriptor = descriptor;
  memcpy(data + place(case_offset), &object, sizeof object);
}
)c"},
    CPart{"put_buffer(", R"c(
static void put_buffer(unsigned char *data, uint32_t case_offset, void *at, uint32_t size) {
  struct object object;
  memset(&object, 0, sizeof object);
  object.type = BUFFER;
  object.is.buffer.size = size;
  object.is.buffer.at = at;
  memcpy(data + place(case_offset), &object, sizeof object);
}
)c"},
    CPart{"put_service(", R"c(
static void put_service(unsigned char *data, uint32_t case_offset, uint32_t handle,
                        uint32_t token, uint32_t cookie) {
  struct object object;
  memset(&object, 0, sizeof object);
  object.type = SERVICE;
  object.is.service.handle = handle;
  object.is.service.token = token;
  object.is.service.cookie = cookie;
  memcpy(data + place(case_offset), &object, sizeof object);
}
)c"},
    CPart{"put_other(", R"c(
static void put_other(unsigned char *data, uint32_t case_offset, uint32_t type) {
  struct object object;
  memset(&object, 0, sizeof object);
  object.type = type;
  memcpy(data + place(case_offset), &object, sizeof object);
}
)c"},
    CPart{"descriptor_of(", R"c(
/* By its name in the case; at the first use of one that was not received a file is opened. */
static uint32_t descriptor_of(int name) {
  const int process = process_of[me - shared->tasks];
  int *number = &shared->processes[process].numbers[name];
  int ends[2];
  if (*number == 0) {
    if (pipe(ends) != 0 || fstat(ends[0], &shared->files[process][name]) != 0) give_up("pipe");
    close(ends[1]);
    *number = ends[0];
  }
  return (uint32_t)*number;
}
)c"},
    CPart{"count_descriptors", R"c(
/* Those that are open and show a file that descriptor_of() has opened in any process. */
static void count_descriptors(void) {
  for (int number = 0; number < 1024; ++number) {
    struct stat one;
    if (fstat(number, &one) != 0) continue;
    for (int file = 0; file < process_count * file_count; ++file) {
      const struct stat *known = &shared->files[file / file_count][file % file_count];
      if (known->st_ino == one.st_ino && known->st_dev == one.st_dev) ++me->value;
    }
  }
}
)c"},
};

}  // namespace

std::span<const CPart> c_structure_parts() { return structure_parts; }
std::span<const CPart> c_device_parts() { return device_parts; }

}  // namespace touchstone
