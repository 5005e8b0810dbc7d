/* frames.h: bytes of frames <-> their parts.  Pure: reads and writes memory, nothing else. */
#ifndef TOUCHSTONE_AGENT_FRAMES_H
#define TOUCHSTONE_AGENT_FRAMES_H

#include <stddef.h>
#include <stdint.h>

struct frame {
  uint8_t type;
  uint32_t sequence;
  const uint8_t* payload; /* in the bytes that were decoded */
  size_t payload_bytes;
  size_t bytes; /* of the whole frame */
};

enum frame_state { frame_is_whole, frame_is_short, frame_is_noise, frame_is_broken };

/* The frame at the start of `bytes`.  A short one may become whole with more bytes; noise has no
 * header of a frame, and a broken one is wrong in another way: `what` says in which. */
enum frame_state decode_frame(const uint8_t* bytes, size_t count, struct frame* frame,
                              const char** what);

/* Where the payload of a frame that is to be encoded is put. */
uint8_t* payload_of(uint8_t* frame);
/* Puts header and check around it; gives the frame's size. */
size_t encode_frame(uint8_t* frame, uint8_t type, uint32_t sequence, size_t payload_bytes);

uint32_t load_u32(const uint8_t* bytes);
uint64_t load_u64(const uint8_t* bytes);
void store_u32(uint8_t* bytes, uint32_t value);
void store_u64(uint8_t* bytes, uint64_t value);

#endif
