#include "daemon/client/capture.h"

#include <string.h>

/* What is being captured, and from where. */
struct capture {
  struct lite_ipc_call* call;
  const struct lite_ipc_memory* memory;
  struct lite_ipc_pool pool;
};

static int is_in_pool(const struct capture* capture, uintptr_t address, size_t bytes) {
  const struct lite_ipc_pool* pool = &capture->pool;
  return address >= pool->address && address - pool->address < pool->bytes &&
         bytes <= pool->bytes - (address - pool->address);
}

/* `source` has the bytes of the address, or is it. */
static void add_segment(const struct capture* capture, uintptr_t address, const void* source,
                        size_t bytes, int is_buffer) {
  struct liteipcd_ioctl* ioctl = &capture->call->tables.ioctl;
  if (address + bytes < address || is_in_pool(capture, address, bytes)) return;
  const uint32_t index = ioctl->segment_count++;
  capture->call->tables.segments[index] = (struct liteipcd_segment){
      .address = address, .bytes = (uint32_t)bytes, .is_buffer = is_buffer ? 1 : 0};
  capture->call->parts[lite_ipc_part_bytes + index] =
      (struct iovec){(void*)(uintptr_t)source, bytes};
}

/* 0 where the memory cannot be read. */
static int copy_segment(const struct capture* capture, uintptr_t address, void* copy,
                        size_t bytes) {
  if (!lite_ipc_read_own(capture->memory, address, copy, bytes)) return 0;
  add_segment(capture, address, copy, bytes, 0);
  return 1;
}

static void add_number(struct lite_ipc_call* call, uint32_t number) {
  uint32_t* count = &call->tables.ioctl.descriptor_count;
  for (uint32_t i = 0; i < *count; ++i) {
    if (call->numbers[i] == number) return;
  }
  call->numbers[(*count)++] = number;
}

/* Objects are judged in order and the first bad one ends the send: behind it nothing is read. */
static void capture_objects(const struct capture* capture) {
  const lite_ipc_message* message = &capture->call->message;
  uint64_t end = 0;
  uint64_t buffer_bytes = 0;
  for (uint32_t i = 0; i < message->object_count; ++i) {
    const uint32_t offset = capture->call->offsets[i];
    lite_ipc_object object;
    if (offset > message->data_size - sizeof object || offset < end) return;
    end = offset + sizeof object;
    memcpy(&object, capture->call->data + offset, sizeof object);
    if (object.type == TOUCHSTONE_OBJ_FD) {
      if (object.first.fd > INT32_MAX) return;
      add_number(capture->call, object.first.fd);
    } else if (object.type == TOUCHSTONE_OBJ_PTR) {
      const uintptr_t pointer = (uintptr_t)object.second.pointer;
      buffer_bytes += object.first.size;
      /* No pool has room for more. */
      if (pointer == 0 || object.first.size == 0 || buffer_bytes > TOUCHSTONE_POOL_BYTES_MAX) {
        return;
      }
      add_segment(capture, pointer, (const void*)pointer, object.first.size, 1);
    } else if (object.type != TOUCHSTONE_OBJ_SVC) {
      return;
    }
  }
}

/* What is refused by its header alone: MSG-12 to MSG-17. */
static int is_sendable(const lite_ipc_message* message) {
  const uint32_t size = message->data_size;
  const uint32_t count = message->object_count;
  return message->type <= TOUCHSTONE_MT_FAILED_REPLY && (size == 0 || message->data != 0) &&
         (count == 0 || message->offsets != 0) && size <= LITE_IPC_DATA_BYTES_MAX &&
         count <= LITE_IPC_OBJECTS_MAX && size >= count * sizeof(lite_ipc_object);
}

static void capture_message(const struct capture* capture, uintptr_t address) {
  struct lite_ipc_call* call = capture->call;
  lite_ipc_message* message = &call->message;
  if (address == 0 || !copy_segment(capture, address, message, sizeof *message)) return;
  if (!is_sendable(message)) return;
  const uintptr_t data = (uintptr_t)message->data;
  if (message->object_count == 0) {
    if (message->data_size > 0) add_segment(capture, data, (void*)data, message->data_size, 0);
    return;
  }
  const uintptr_t offsets = (uintptr_t)message->offsets;
  if (copy_segment(capture, data, call->data, message->data_size) &&
      copy_segment(capture, offsets, call->offsets, message->object_count * sizeof(uint32_t))) {
    capture_objects(capture);
  }
}

static void capture_send_receive(const struct capture* capture, uintptr_t argument) {
  lite_ipc_content* content = &capture->call->content;
  if (!copy_segment(capture, argument, content, sizeof *content)) return;
  if ((content->flag & TOUCHSTONE_RECV) != 0) {
    capture->call->tables.ioctl.argument_is_writable = (uint32_t)lite_ipc_is_writable(
        capture->memory, argument + offsetof(lite_ipc_content, in_message),
        sizeof content->in_message);
  }
  if ((content->flag & TOUCHSTONE_SEND) != 0) {
    capture_message(capture, (uintptr_t)content->out_message);
  }
}

void lite_ipc_capture(struct lite_ipc_call* call, const struct lite_ipc_memory* memory,
                      struct lite_ipc_pool pool, uint32_t command, uintptr_t argument) {
  const struct capture capture = {call, memory, pool};
  struct liteipcd_ioctl* ioctl = &call->tables.ioctl;
  *ioctl =
      (struct liteipcd_ioctl){.command = command, .argument = argument, .argument_is_writable = 1};
  if (argument == 0) return;
  if (command == LITE_IPC_SEND_RECEIVE) {
    capture_send_receive(&capture, argument);
  } else if (command == TOUCHSTONE_IPC_CMS_CMD) {
    const size_t bytes = sizeof call->cms_command;
    if (!copy_segment(&capture, argument, &call->cms_command, bytes)) return;
    ioctl->argument_is_writable = (uint32_t)lite_ipc_is_writable(memory, argument, bytes);
  } else if (command == TOUCHSTONE_IPC_GET_VERSION) {
    ioctl->argument_is_writable =
        (uint32_t)lite_ipc_is_writable(memory, argument, sizeof(struct touchstone_version));
  }
}
