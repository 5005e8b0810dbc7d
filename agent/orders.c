#include "agent/orders.h"

struct shape {
  const char* name;
  size_t words, bytes_max, answer_words;
};

#define AGENT_SHAPE(name, type, words, bytes, answer_words, answer_bytes) \
  [type] = {#name, words, bytes, answer_words},
static const struct shape shapes[] = {TOUCHSTONE_AGENT_ORDERS(AGENT_SHAPE)};
#undef AGENT_SHAPE

const char* order_name(enum order_type type) { return shapes[type].name; }

size_t answer_words(enum order_type type) { return shapes[type].answer_words; }

const char* decode_order(const struct frame* frame, uint32_t sequence, struct order* order) {
  if (frame->sequence != sequence) return "its sequence number is not the next one";
  if (frame->type == 0 || frame->type >= order_types_end) return "its type is no order's";
  const struct shape* shape = &shapes[frame->type];
  const size_t word_bytes = 8 * shape->words;
  if (frame->payload_bytes < word_bytes) return "it is too short for its order";
  if (frame->payload_bytes - word_bytes > shape->bytes_max) return "it is too long for its order";
  order->type = (enum order_type)frame->type;
  for (size_t i = 0; i < TOUCHSTONE_AGENT_WORDS_MAX; ++i) {
    order->words[i] = i < shape->words ? load_u64(frame->payload + 8 * i) : 0;
  }
  order->bytes = frame->payload + word_bytes;
  order->byte_count = frame->payload_bytes - word_bytes;
  return NULL;
}
