#include "agent/frames.h"

#include <touchstone/agent_protocol.h>

enum {
  header_bytes = TOUCHSTONE_AGENT_HEADER_BYTES,
  check_bytes = TOUCHSTONE_AGENT_CHECK_BYTES,
  header_check_at = 6
};

uint32_t load_u32(const uint8_t* bytes) {
  return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
         (uint32_t)bytes[3] << 24;
}

uint64_t load_u64(const uint8_t* bytes) {
  return load_u32(bytes) | (uint64_t)load_u32(bytes + 4) << 32;
}

void store_u32(uint8_t* bytes, uint32_t value) {
  for (int i = 0; i < 4; ++i) bytes[i] = (uint8_t)(value >> (8 * i));
}

void store_u64(uint8_t* bytes, uint64_t value) {
  store_u32(bytes, (uint32_t)value);
  store_u32(bytes + 4, (uint32_t)(value >> 32));
}

/* Four bits at a time: a small table, and no line to a board is fast enough to notice. */
static uint32_t add_to_crc(uint32_t crc, const uint8_t* bytes, size_t count) {
  static const uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
                                     0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
                                     0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                     0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
  for (size_t i = 0; i < count; ++i) {
    crc = table[(crc ^ bytes[i]) & 15] ^ crc >> 4;
    crc = table[(crc ^ bytes[i] >> 4) & 15] ^ crc >> 4;
  }
  return crc;
}

static uint32_t crc_of(const uint8_t* bytes, size_t count) {
  return ~add_to_crc(0xffffffff, bytes, count);
}

static uint32_t header_check_of(const uint8_t* header) {
  const uint32_t crc = add_to_crc(0xffffffff, header, header_check_at);
  return ~add_to_crc(crc, header + header_check_at + 2, header_bytes - header_check_at - 2) &
         0xffff;
}

static const char* trouble_with_magic(const uint8_t* header) {
  if (load_u32(header) != TOUCHSTONE_AGENT_MAGIC) return "it does not begin with the magic";
  const uint32_t stated = (uint32_t)header[header_check_at] | (uint32_t)header[header_check_at + 1]
                                                                  << 8;
  return stated == header_check_of(header) ? NULL : "its header does not fit its check";
}

static const char* trouble_in_header(const uint8_t* header) {
  if (header[4] != TOUCHSTONE_AGENT_VERSION) return "it is of another version of the protocol";
  if (load_u32(header + 12) > TOUCHSTONE_AGENT_PAYLOAD_BYTES_MAX) return "it is too long";
  return NULL;
}

enum frame_state decode_frame(const uint8_t* bytes, size_t count, struct frame* frame,
                              const char** what) {
  if (count < header_bytes) return frame_is_short;
  *what = trouble_with_magic(bytes);
  if (*what != NULL) return frame_is_noise;
  *what = trouble_in_header(bytes);
  if (*what != NULL) return frame_is_broken;
  frame->type = bytes[5];
  frame->sequence = load_u32(bytes + 8);
  frame->payload = bytes + header_bytes;
  frame->payload_bytes = load_u32(bytes + 12);
  frame->bytes = header_bytes + frame->payload_bytes + check_bytes;
  if (count < frame->bytes) return frame_is_short;
  const size_t checked = frame->bytes - check_bytes;
  if (load_u32(bytes + checked) == crc_of(bytes, checked)) return frame_is_whole;
  *what = "its bytes do not fit their check";
  return frame_is_broken;
}

uint8_t* payload_of(uint8_t* frame) { return frame + header_bytes; }

size_t encode_frame(uint8_t* frame, uint8_t type, uint32_t sequence, size_t payload_bytes) {
  const size_t checked = header_bytes + payload_bytes;
  store_u32(frame, TOUCHSTONE_AGENT_MAGIC);
  frame[4] = TOUCHSTONE_AGENT_VERSION;
  frame[5] = type;
  store_u32(frame + 8, sequence);
  store_u32(frame + 12, (uint32_t)payload_bytes);
  const uint32_t header_check = header_check_of(frame);
  frame[header_check_at] = (uint8_t)header_check;
  frame[header_check_at + 1] = (uint8_t)(header_check >> 8);
  store_u32(frame + checked, crc_of(frame, checked));
  return checked + check_bytes;
}
