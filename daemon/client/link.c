#define _GNU_SOURCE
#include "daemon/client/link.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include "daemon/client/descriptor.h"

_Static_assert(sizeof(struct liteipcd_packet) == 16, "struct liteipcd_packet");
_Static_assert(sizeof(struct liteipcd_welcome) == 32, "struct liteipcd_welcome");
_Static_assert(sizeof(struct liteipcd_mmap) == 24, "struct liteipcd_mmap");
_Static_assert(sizeof(struct liteipcd_ioctl) == 32, "struct liteipcd_ioctl");
_Static_assert(sizeof(struct liteipcd_segment) == 16, "struct liteipcd_segment");
_Static_assert(sizeof(struct liteipcd_answer) == 40, "struct liteipcd_answer");

static int64_t broken(struct lite_ipc_link* link) {
  link->is_broken = 1;
  return -ENODEV;
}

static int64_t broken_with_files(struct lite_ipc_link* link) {
  lite_ipc_close_files(&link->received);
  return broken(link);
}

/* A request that could not be sent and left the connection as it was; any other error ends it. */
static int64_t not_sent(struct lite_ipc_link* link, int error) {
  switch (error) {
    case ENOMEM:
    case ENOBUFS:
    case ETOOMANYREFS: return -ENOMEM;
    default: return broken(link);
  }
}

static int64_t send_small(struct lite_ipc_link* link, uint32_t operation, const void* body,
                          size_t bytes) {
  const int error = lite_ipc_send_body(link->socket, operation, body, (uint32_t)bytes, NULL, 0);
  return error == 0 ? 0 : not_sent(link, error);
}

static int64_t checked(struct lite_ipc_link* link, int64_t value) {
  return value >= -4095 && value <= INT32_MAX ? value : broken_with_files(link);
}

/* 0, or an errno. */
static int take_mailbox(struct lite_ipc_link* link) {
  const int file = link->received.files[0];
  const int doorbell = link->received.files[1];
  int error = file < 0 || doorbell < 0 ? EMFILE : 0;
  if (error == 0) link->mailbox = lite_ipc_map_mailbox(file);
  if (error == 0 && link->mailbox == NULL) error = ENOMEM;
  if (error == 0) link->doorbell = lite_ipc_copy_high(doorbell);
  if (error == 0 && link->doorbell < 0) error = EMFILE;
  if (error != 0) lite_ipc_unmap_mailbox(link->mailbox);
  if (error != 0) link->mailbox = NULL;
  lite_ipc_close_files(&link->received);
  return error;
}

int64_t lite_ipc_link_hello(struct lite_ipc_link* link, uint32_t thread, int is_child,
                            struct liteipcd_welcome* welcome) {
  const struct liteipcd_hello hello = {.version = LITEIPCD_PROTOCOL_VERSION,
                                       .pointer_bytes = sizeof(void*),
                                       .thread = thread,
                                       .is_child = is_child ? 1 : 0,
                                       .has_mailbox = 1};
  const int64_t sent = send_small(link, LITEIPCD_HELLO, &hello, sizeof hello);
  if (sent != 0) return sent;
  if (lite_ipc_receive(link->socket, LITEIPCD_HELLO, 1, welcome, sizeof *welcome,
                       &link->received) != 0) {
    return broken(link);
  }
  const uint32_t files = link->received.file_count;
  if ((files != 0 && files != 2) || link->received.body_bytes != sizeof *welcome)
    return broken_with_files(link);
  const int error = files == 2 ? take_mailbox(link) : 0;
  return error == 0 ? checked(link, welcome->value) : -error;
}

/* An answer, with a place for each descriptor beside it; a pool has none. */
static int64_t receive_answer(struct lite_ipc_link* link, uint32_t operation) {
  struct lite_ipc_received* received = &link->received;
  const struct liteipcd_answer* answer = &link->answer.answer;
  const int is_mmap = operation == LITEIPCD_MMAP;
  if (lite_ipc_receive(link->socket, operation, is_mmap, &link->answer, sizeof link->answer,
                       received) != 0) {
    return broken(link);
  }
  if (received->body_bytes < sizeof *answer) return broken_with_files(link);
  const uint64_t places = (received->body_bytes - sizeof *answer) / sizeof(uint32_t);
  const int is_whole = received->body_bytes == sizeof *answer + places * sizeof(uint32_t);
  if (!is_whole || places != (is_mmap ? 0 : received->file_count) ||
      answer->descriptor_count != received->file_count) {
    return broken_with_files(link);
  }
  return checked(link, answer->value);
}

int64_t lite_ipc_link_open(struct lite_ipc_link* link) {
  const int64_t sent = send_small(link, LITEIPCD_OPEN, "", 0);
  if (sent != 0) return sent;
  const int64_t value = receive_answer(link, LITEIPCD_OPEN);
  return link->received.file_count == 0 ? value : broken_with_files(link);
}

int64_t lite_ipc_link_mmap(struct lite_ipc_link* link, const struct liteipcd_mmap* request,
                           int* pool_file) {
  const int64_t sent = send_small(link, LITEIPCD_MMAP, request, sizeof *request);
  if (sent != 0) return sent;
  const int64_t value = receive_answer(link, LITEIPCD_MMAP);
  if (link->is_broken) return value;
  if (value > 0 || link->received.file_count != (value == 0)) return broken_with_files(link);
  if (value == 0) *pool_file = link->received.files[0];
  return value < 0 || *pool_file >= 0 ? value : -EMFILE;
}

/* --- sending a device call --- */

static uint32_t body_bytes_of(const struct lite_ipc_call* call) {
  const struct liteipcd_ioctl* ioctl = &call->tables.ioctl;
  uint32_t bytes =
      (uint32_t)(sizeof *ioctl + ioctl->segment_count * sizeof call->tables.segments[0] +
                 ioctl->descriptor_count * sizeof call->numbers[0]);
  for (uint32_t i = 0; i < ioctl->segment_count; ++i) bytes += call->tables.segments[i].bytes;
  return bytes;
}

/* Gives the count of parts that the request now consists of. */
static size_t complete(struct lite_ipc_call* call, uint32_t body_bytes) {
  const struct liteipcd_ioctl* ioctl = &call->tables.ioctl;
  const size_t table_bytes = offsetof(struct lite_ipc_call, tables.segments) +
                             ioctl->segment_count * sizeof call->tables.segments[0];
  call->tables.packet =
      (struct liteipcd_packet){LITEIPCD_IOCTL, body_bytes, 0, ioctl->descriptor_count};
  call->parts[lite_ipc_part_tables] = (struct iovec){&call->tables, table_bytes};
  call->parts[lite_ipc_part_numbers] =
      (struct iovec){call->numbers, ioctl->descriptor_count * sizeof call->numbers[0]};
  return lite_ipc_part_bytes + ioctl->segment_count;
}

/* The first number that is not open ends the send of the message: those behind it do not matter. */
static void drop_closed_numbers(struct lite_ipc_call* call) {
  uint32_t* count = &call->tables.ioctl.descriptor_count;
  for (uint32_t i = 0; i < *count; ++i) {
    if (fcntl((int)call->numbers[i], F_GETFD) < 0) *count = i;
  }
}

/* Copies the bytes of all segments to where nobody else can change or unmap them, one after the
 * other; what cannot be read is no segment any more.  Gives the count of bytes. */
static uint32_t gather(struct lite_ipc_call* call, const struct lite_ipc_memory* memory,
                       char* into) {
  struct liteipcd_segment* segments = call->tables.segments;
  const uint32_t count = call->tables.ioctl.segment_count;
  uint32_t kept = 0;
  uint32_t bytes = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const struct iovec source = call->parts[lite_ipc_part_bytes + i];
    if (!lite_ipc_read_own(memory, (uintptr_t)source.iov_base, into + bytes, source.iov_len)) {
      continue;
    }
    bytes += segments[i].bytes;
    segments[kept++] = segments[i];
  }
  call->tables.ioctl.segment_count = kept;
  return bytes;
}

/* Descriptors for several packets must stay open until the last: gives copies in `held`.  0, or an
 * errno. */
static int hold_descriptors(struct lite_ipc_call* call, uint32_t* held) {
  uint32_t* count = &call->tables.ioctl.descriptor_count;
  for (uint32_t i = 0; i < *count; ++i) {
    const int copy = lite_ipc_copy_high((int)call->numbers[i]);
    if (copy < 0 && errno != EBADF) {
      *count = i;
      return EMFILE;
    }
    if (copy < 0) *count = i;
    if (copy >= 0) held[i] = (uint32_t)copy;
  }
  return 0;
}

/* The tables lie before the bytes, in one piece with them. */
static int64_t send_gathered(struct lite_ipc_link* link, char* room) {
  struct lite_ipc_call* call = &link->call;
  struct liteipcd_ioctl* ioctl = &call->tables.ioctl;
  uint32_t held[LITEIPCD_DESCRIPTORS_MAX];
  const size_t tables_max = sizeof call->tables + sizeof call->numbers;
  const uint32_t bytes = gather(call, &link->memory, room + tables_max);
  int error = hold_descriptors(call, held);
  if (error == 0) {
    const size_t segment_bytes = ioctl->segment_count * sizeof call->tables.segments[0];
    const size_t number_bytes = ioctl->descriptor_count * sizeof call->numbers[0];
    char* body = room + tables_max - number_bytes - segment_bytes - sizeof *ioctl;
    memcpy(body, ioctl, sizeof *ioctl);
    memcpy(body + sizeof *ioctl, call->tables.segments, segment_bytes);
    memcpy(body + sizeof *ioctl + segment_bytes, call->numbers, number_bytes);
    const uint32_t body_bytes = (uint32_t)(sizeof *ioctl + segment_bytes + number_bytes + bytes);
    error = lite_ipc_send_body(link->socket, LITEIPCD_IOCTL, body, body_bytes, held,
                               ioctl->descriptor_count);
    if (error != 0) error = (int)-not_sent(link, error);
  }
  for (uint32_t i = 0; i < ioctl->descriptor_count; ++i) lite_ipc_close_descriptor((int)held[i]);
  return -error;
}

/* The slow way, for what needs several packets or has memory in it that may be bad. */
static int64_t send_slowly(struct lite_ipc_link* link) {
  const size_t bytes =
      sizeof link->call.tables + sizeof link->call.numbers + LITEIPCD_REQUEST_BYTES_MAX;
  char* room = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED) return -ENOMEM;
  const int64_t sent = send_gathered(link, room);
  munmap(room, bytes);
  return sent;
}

static int64_t send_call(struct lite_ipc_link* link) {
  struct lite_ipc_call* call = &link->call;
  const struct liteipcd_ioctl* ioctl = &call->tables.ioctl;
  for (;;) {
    const uint32_t body_bytes = body_bytes_of(call);
    const uint32_t count = ioctl->descriptor_count;
    if (body_bytes > LITEIPCD_PACKET_BYTES_MAX - sizeof call->tables.packet ||
        count > LITEIPCD_PACKET_DESCRIPTORS_MAX) {
      return send_slowly(link);
    }
    const int error = lite_ipc_send_packet(link->socket, call->parts, complete(call, body_bytes),
                                           call->numbers, count);
    if (error == 0) return 0;
    if (error == EFAULT) return send_slowly(link);
    if (error != EBADF || count == 0) return not_sent(link, error);
    drop_closed_numbers(call);
    /* Closed and open again since: they are held while they are sent. */
    if (ioctl->descriptor_count == count) return send_slowly(link);
  }
}

/* --- the answer to a device call --- */

/* As if the process had no descriptors below 3: they get the lowest free numbers from there on, in
 * the order in which they came. */
static void lift(struct lite_ipc_received* received) {
  int has_low = 0;
  for (uint32_t i = 0; i < received->file_count; ++i) {
    has_low |= received->files[i] >= 0 && received->files[i] < 3;
  }
  if (!has_low) return;
  int held[LITEIPCD_DESCRIPTORS_MAX];
  for (uint32_t i = 0; i < received->file_count; ++i) {
    held[i] = received->files[i] < 0 ? -1 : lite_ipc_copy_high(received->files[i]);
  }
  for (uint32_t i = 0; i < received->file_count; ++i) {
    if (received->files[i] >= 0) lite_ipc_close_descriptor(received->files[i]);
  }
  for (uint32_t i = 0; i < received->file_count; ++i) {
    received->files[i] = held[i] < 0 ? -1 : fcntl(held[i], F_DUPFD, 3);
    if (held[i] >= 0) lite_ipc_close_descriptor(held[i]);
  }
}

static int64_t say_places(struct lite_ipc_link* link) {
  struct {
    struct liteipcd_placed head;
    uint32_t numbers[LITEIPCD_DESCRIPTORS_MAX];
  } placed;
  const struct lite_ipc_received* received = &link->received;
  placed.head.descriptor_count = received->file_count;
  for (uint32_t i = 0; i < received->file_count; ++i) {
    const int file = received->files[i];
    placed.numbers[i] = file >= 0 ? (uint32_t)file : LITEIPCD_NO_PLACE;
  }
  const size_t bytes = sizeof placed.head + received->file_count * sizeof placed.numbers[0];
  return send_small(link, LITEIPCD_PLACED, &placed, bytes);
}

/* Writes what the call wrote, which lies in its argument; gives what the call gave. */
static int64_t carry_out(struct lite_ipc_link* link, const struct liteipcd_answer* answer,
                         int64_t value) {
  if (answer->write_bytes == 0) return value;
  const uint64_t offset = answer->write_address - link->call.tables.ioctl.argument;
  if (answer->write_bytes > sizeof answer->written ||
      offset > sizeof(lite_ipc_content) - answer->write_bytes) {
    return broken(link);
  }
  const int is_written = lite_ipc_write_own(&link->memory, (uintptr_t)answer->write_address,
                                            answer->written, answer->write_bytes);
  return is_written || value < 0 ? value : -EFAULT;
}

/* Puts the descriptors that came into the process's table, before the call is seen to be over. */
static int64_t place_descriptors(struct lite_ipc_link* link) {
  const struct liteipcd_answer first = link->answer.answer;
  lift(&link->received);
  if (say_places(link) != 0) return broken(link);
  const int64_t value = receive_answer(link, LITEIPCD_PLACED);
  if (link->is_broken) return value;
  if (link->received.file_count > 0) return broken_with_files(link);
  return carry_out(link, &first, value);
}

/* What was captured lies in the call itself; the rest is the caller's and may be bad. */
static int copy_part(const struct lite_ipc_link* link, struct iovec part, void* into) {
  const uintptr_t from = (uintptr_t)part.iov_base;
  if (from - (uintptr_t)&link->call >= sizeof link->call) {
    return lite_ipc_read_own(&link->memory, from, into, part.iov_len);
  }
  memcpy(into, part.iov_base, part.iov_len);
  return 1;
}

/* In the mailbox; 0 where there is no room for it, or it has memory in it that is bad. */
static int leave_call(struct lite_ipc_link* link) {
  const struct lite_ipc_call* call = &link->call;
  const struct liteipcd_ioctl* ioctl = &call->tables.ioctl;
  const uint32_t body_bytes = body_bytes_of(call);
  uint8_t* into = link->mailbox->request;
  if (ioctl->descriptor_count > 0 || body_bytes > sizeof link->mailbox->request) return 0;
  const size_t table_bytes = sizeof *ioctl + ioctl->segment_count * sizeof call->tables.segments[0];
  memcpy(into, ioctl, table_bytes);
  into += table_bytes;
  for (uint32_t i = 0; i < ioctl->segment_count; ++i) {
    const struct iovec source = call->parts[lite_ipc_part_bytes + i];
    if (!copy_part(link, source, into)) return 0;
    into += source.iov_len;
  }
  return lite_ipc_ring(link->mailbox, body_bytes, link->doorbell);
}

/* Nothing but a receive, of memory that it can read and write. */
static int is_plain_receive(const struct lite_ipc_call* call) {
  const struct liteipcd_ioctl* ioctl = &call->tables.ioctl;
  return ioctl->command == LITE_IPC_SEND_RECEIVE && ioctl->segment_count == 1 &&
         call->content.flag == TOUCHSTONE_RECV && ioctl->argument_is_writable;
}

static int64_t send_or_post(struct lite_ipc_link* link) {
  struct liteipcd_mailbox* mailbox = link->mailbox;
  if (mailbox == NULL) return send_call(link);
  lite_ipc_open_mailbox(mailbox);
  if (is_plain_receive(&link->call) &&
      lite_ipc_post_receive(mailbox, (uintptr_t)link->call.tables.ioctl.argument)) {
    return 0;
  }
  return leave_call(link) ? 0 : send_call(link);
}

static int64_t receive_ioctl_answer(struct lite_ipc_link* link) {
  struct liteipcd_answer* answer = &link->answer.answer;
  if (link->mailbox == NULL || !lite_ipc_wait_at_mailbox(link->mailbox, answer)) {
    return receive_answer(link, LITEIPCD_IOCTL);
  }
  link->received.file_count = 0;
  return answer->descriptor_count == 0 ? checked(link, answer->value) : broken(link);
}

int64_t lite_ipc_link_ioctl(struct lite_ipc_link* link, struct lite_ipc_pool pool, uint32_t command,
                            uintptr_t argument, uintptr_t frame) {
  link->memory.frame = frame;
  lite_ipc_capture(&link->call, &link->memory, pool, command, argument);
  const int64_t sent = send_or_post(link);
  if (sent != 0) return sent;
  const int64_t value = receive_ioctl_answer(link);
  if (link->is_broken) return value;
  return link->received.file_count > 0 ? place_descriptors(link)
                                       : carry_out(link, &link->answer.answer, value);
}
