#define _GNU_SOURCE
#include "daemon/client/packets.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/client/descriptor.h"

union control {
  struct cmsghdr header;
  char bytes[CMSG_SPACE(LITEIPCD_PACKET_DESCRIPTORS_MAX * sizeof(int))];
};

int lite_ipc_send_packet(int socket, const struct iovec* parts, size_t part_count,
                         const uint32_t* descriptors, uint32_t descriptor_count) {
  struct msghdr message = {.msg_iov = (struct iovec*)(uintptr_t)parts, .msg_iovlen = part_count};
  union control control;
  if (descriptor_count > 0) {
    const size_t bytes = descriptor_count * sizeof(int);
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(bytes);
    memcpy(CMSG_DATA(&control.header), descriptors, bytes);
    message.msg_control = &control;
    message.msg_controllen = CMSG_SPACE(bytes);
  }
  long sent = 0;
  do {
    sent = syscall(SYS_sendmsg, socket, &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? errno : 0;
}

static uint32_t packets_for(uint32_t amount, uint32_t packet_max) {
  return (amount + packet_max - 1) / packet_max;
}

/* Every packet brings some of the bytes, since the daemon waits for bytes. */
int lite_ipc_send_body(int socket, uint32_t operation, const void* body, uint32_t body_bytes,
                       const uint32_t* descriptors, uint32_t descriptor_count) {
  const uint32_t for_bytes =
      packets_for(body_bytes, LITEIPCD_PACKET_BYTES_MAX - sizeof(struct liteipcd_packet));
  const uint32_t for_files = packets_for(descriptor_count, LITEIPCD_PACKET_DESCRIPTORS_MAX);
  const uint32_t count = for_bytes > for_files ? for_bytes : for_files;
  uint32_t bytes_sent = 0;
  uint32_t files_sent = 0;
  uint32_t left = count > 0 ? count : 1;
  for (; left > 0; --left) {
    const uint32_t bytes = packets_for(body_bytes - bytes_sent, left);
    const uint32_t files = packets_for(descriptor_count - files_sent, left);
    struct liteipcd_packet packet = {operation, body_bytes, bytes_sent, files};
    const struct iovec parts[] = {{&packet, sizeof packet},
                                  {(char*)(uintptr_t)body + bytes_sent, bytes}};
    const int error = lite_ipc_send_packet(socket, parts, 2, descriptors, files);
    if (error != 0) return error;
    bytes_sent += bytes;
    files_sent += files;
    if (descriptors != NULL) descriptors += files;
  }
  return 0;
}

void lite_ipc_close_files(struct lite_ipc_received* received) {
  for (uint32_t i = 0; i < received->file_count; ++i) {
    if (received->files[i] >= 0) lite_ipc_close_descriptor(received->files[i]);
  }
  received->file_count = 0;
}

/* Gives the count of those that came; descriptors beyond what there is room for are closed. */
static uint32_t take_files(const struct msghdr* message, struct lite_ipc_received* received) {
  uint32_t count = 0;
  struct msghdr* of = (struct msghdr*)(uintptr_t)message;
  for (struct cmsghdr* header = CMSG_FIRSTHDR(of); header; header = CMSG_NXTHDR(of, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const size_t files = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < files; ++i) {
      int file = -1;
      memcpy(&file, CMSG_DATA(header) + i * sizeof file, sizeof file);
      if (received->file_count == LITEIPCD_DESCRIPTORS_MAX) {
        lite_ipc_close_descriptor(file);
      } else {
        received->files[received->file_count++] = file;
      }
      ++count;
    }
  }
  return count;
}

static int is_next(const struct liteipcd_packet* packet, uint32_t operation, uint32_t had,
                   uint32_t part_bytes, size_t body_bytes_max) {
  return packet->operation == operation && packet->body_offset == had &&
         packet->body_bytes <= body_bytes_max && part_bytes <= packet->body_bytes - had &&
         (part_bytes > 0 || packet->body_bytes == 0) &&
         packet->descriptor_count <= LITEIPCD_PACKET_DESCRIPTORS_MAX;
}

/* Descriptors that the packet names and that did not come found no room in the table. */
static int fill_up(struct lite_ipc_received* received, uint32_t came, uint32_t named) {
  if (came > named || received->file_count + (named - came) > LITEIPCD_DESCRIPTORS_MAX) return -1;
  for (; came < named; ++came) received->files[received->file_count++] = -1;
  return 0;
}

static int receive_packet(int socket, uint32_t operation, int flags, char* body,
                          size_t body_bytes_max, uint32_t* had,
                          struct lite_ipc_received* received) {
  struct liteipcd_packet packet;
  union control control;
  struct iovec parts[] = {{&packet, sizeof packet}, {body + *had, body_bytes_max - *had}};
  struct msghdr message = {
      .msg_iov = parts, .msg_iovlen = 2, .msg_control = &control, .msg_controllen = sizeof control};
  long bytes = 0;
  do {
    bytes = recvmsg(socket, &message, flags);
  } while (bytes < 0 && errno == EINTR);
  if (bytes <= 0) return -1;
  const uint32_t came = take_files(&message, received);
  if (bytes < (long)sizeof packet || (message.msg_flags & MSG_TRUNC) != 0) return -1;
  const uint32_t part_bytes = (uint32_t)bytes - (uint32_t)sizeof packet;
  if (*had > 0 && packet.body_bytes != received->body_bytes) return -1;
  if (!is_next(&packet, operation, *had, part_bytes, body_bytes_max)) return -1;
  received->body_bytes = packet.body_bytes;
  *had += part_bytes;
  return fill_up(received, came, packet.descriptor_count);
}

int lite_ipc_receive(int socket, uint32_t operation, int files_close_on_exec, void* body,
                     size_t body_bytes_max, struct lite_ipc_received* received) {
  const int flags = files_close_on_exec ? MSG_CMSG_CLOEXEC : 0;
  uint32_t had = 0;
  int error = 0;
  int cancel_state = 0;
  received->file_count = 0;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
  do {
    error = receive_packet(socket, operation, flags, body, body_bytes_max, &had, received);
  } while (error == 0 && had < received->body_bytes);
  pthread_setcancelstate(cancel_state, NULL);
  if (error != 0) lite_ipc_close_files(received);
  return error;
}
