/* agent_protocol.h: the numbers of the framed protocol between Touchstone and an agent, a program
 * that plays orders on a LiteIPC device, for both sides: frames, orders, answers.  In words, with
 * the rules of a conversation: adapter/agent-protocol.md.  Holds no function. */
#ifndef TOUCHSTONE_AGENT_PROTOCOL_H
#define TOUCHSTONE_AGENT_PROTOCOL_H

/* Raised when a frame or an order means something else. */
#define TOUCHSTONE_AGENT_VERSION 1u

/* FRAME.  All integers are little endian.
 *
 *   offset  bytes  field          what it is
 *   0       4      magic          "TsAg"
 *   4       1      version        TOUCHSTONE_AGENT_VERSION
 *   5       1      type           of the order or answer
 *   6       2      header_check   low half of the CRC-32 of the other 14 bytes of the header
 *   8       4      sequence       orders count from 1; an answer has its order's
 *   12      4      payload_bytes  at most TOUCHSTONE_AGENT_PAYLOAD_BYTES_MAX
 *   16      n      payload        words of 8 bytes, then bytes
 *   16+n    4      check          CRC-32 of all before (IEEE 802.3, reflected, as in zip) */
#define TOUCHSTONE_AGENT_MAGIC 0x67417354u
#define TOUCHSTONE_AGENT_HEADER_BYTES 16u
#define TOUCHSTONE_AGENT_CHECK_BYTES 4u
#define TOUCHSTONE_AGENT_BYTES_MAX 65536u /* behind the words */
#define TOUCHSTONE_AGENT_WORDS_MAX 12u
#define TOUCHSTONE_AGENT_PAYLOAD_BYTES_MAX \
  (TOUCHSTONE_AGENT_BYTES_MAX + 8u * TOUCHSTONE_AGENT_WORDS_MAX)
#define TOUCHSTONE_AGENT_FRAME_BYTES_MAX                                \
  (TOUCHSTONE_AGENT_HEADER_BYTES + TOUCHSTONE_AGENT_PAYLOAD_BYTES_MAX + \
   TOUCHSTONE_AGENT_CHECK_BYTES)

/* ORDERS: name, type, words and most bytes of the order, words and most bytes of its answer.  An
 * answer's first word is its value: 0 or more, or minus an errno.  SCRATCH stands for address and
 * size of a task's scratch area.  Behind a colon are the words of the answer after its value:
 *
 * - hello, with bytes that say who asks: TOUCHSTONE_AGENT_HELLO_.., bytes that say who answers
 * - reset
 * - spawn user, group: process, task, SCRATCH
 * - fork task: process, task, SCRATCH
 * - create_thread process: task, SCRATCH
 * - exit_task task
 * - exit_process process
 * - exec task: SCRATCH
 * - open, close, munmap task
 * - mmap task, bytes, protection, flags; the value is the address
 * - ioctl task, command, argument: 1 if it sleeps, else 0
 * - poll task: the same
 * - read task, address, count: bytes, what is there
 * - write task, address, with bytes
 * - advance nanoseconds
 * - open_descriptor process; the value is the descriptor
 * - descriptor_identity process, descriptor: which open file it is
 * - descriptor_count process; the value is the count */
#define TOUCHSTONE_AGENT_ORDERS(ORDER)       \
  ORDER(hello, 1, 0, 256, 11, 256)           \
  ORDER(reset, 2, 0, 0, 1, 0)                \
  ORDER(spawn, 3, 2, 0, 5, 0)                \
  ORDER(fork, 4, 1, 0, 5, 0)                 \
  ORDER(create_thread, 5, 1, 0, 4, 0)        \
  ORDER(exit_task, 6, 1, 0, 1, 0)            \
  ORDER(exit_process, 7, 1, 0, 1, 0)         \
  ORDER(exec, 8, 1, 0, 3, 0)                 \
  ORDER(open, 9, 1, 0, 1, 0)                 \
  ORDER(close, 10, 1, 0, 1, 0)               \
  ORDER(mmap, 11, 4, 0, 1, 0)                \
  ORDER(munmap, 12, 1, 0, 1, 0)              \
  ORDER(ioctl, 13, 3, 0, 2, 0)               \
  ORDER(poll, 14, 1, 0, 2, 0)                \
  ORDER(read, 15, 3, 0, 1, 65536)            \
  ORDER(write, 16, 2, 65536, 1, 0)           \
  ORDER(advance, 17, 1, 0, 1, 0)             \
  ORDER(open_descriptor, 18, 1, 0, 1, 0)     \
  ORDER(descriptor_identity, 19, 2, 0, 2, 0) \
  ORDER(descriptor_count, 20, 1, 0, 1, 0)

/* An answer's type is its order's with this bit. */
#define TOUCHSTONE_AGENT_ANSWER 0x80u
/* The instance is lost, or the order cannot be understood: bytes that say why, no words.  Comes in
 * place of any answer, and nothing else comes after it. */
#define TOUCHSTONE_AGENT_LOST 0xffu

/* Words of the answer to `hello`, by their place; 0 is its value. */
#define TOUCHSTONE_AGENT_HELLO_DATA_MODEL 1   /* TOUCHSTONE_ILP32 or TOUCHSTONE_LP64 */
#define TOUCHSTONE_AGENT_HELLO_CAPABILITIES 2 /* TOUCHSTONE_CAP_.. */
#define TOUCHSTONE_AGENT_HELLO_FLAGS 3
#define TOUCHSTONE_AGENT_HELLO_TASK_LIMIT 4
#define TOUCHSTONE_AGENT_HELLO_PROCESS_LIMIT 5
#define TOUCHSTONE_AGENT_HELLO_PAGE_BYTES 6
#define TOUCHSTONE_AGENT_HELLO_BAD_ADDRESS 7
#define TOUCHSTONE_AGENT_HELLO_KERNEL_ADDRESS 8
#define TOUCHSTONE_AGENT_HELLO_KERNEL_TASK 9
#define TOUCHSTONE_AGENT_HELLO_KERNEL_PROCESS 10
/* Its bytes: name of the implementation, a newline, its version. */

/* Flags in it. */
#define TOUCHSTONE_AGENT_REAL_TIME 1u /* `advance` waits until the time has passed */
#define TOUCHSTONE_AGENT_FRESH 2u     /* the implementation itself began with the instance */

#endif
