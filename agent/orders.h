/* orders.h: is a frame an order, and has it the shape of one?  Pure; what the numbers in it mean is
 * for who carries it out to check. */
#ifndef TOUCHSTONE_AGENT_ORDERS_H
#define TOUCHSTONE_AGENT_ORDERS_H

#include <stddef.h>
#include <stdint.h>
#include <touchstone/agent_protocol.h>

#include "agent/frames.h"

#define AGENT_ORDER_TYPE(name, type, words, bytes, answer_words, answer_bytes) order_##name = type,
enum order_type { TOUCHSTONE_AGENT_ORDERS(AGENT_ORDER_TYPE) order_types_end };
#undef AGENT_ORDER_TYPE

struct order {
  enum order_type type;
  uint64_t words[TOUCHSTONE_AGENT_WORDS_MAX];
  const uint8_t* bytes; /* in the frame */
  size_t byte_count;
};

/* What is wrong with it as the order number `sequence`, or NULL. */
const char* decode_order(const struct frame* frame, uint32_t sequence, struct order* order);

/* "ioctl" */
const char* order_name(enum order_type type);
/* Words of its answer. */
size_t answer_words(enum order_type type);

#endif
