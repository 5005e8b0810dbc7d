/* protocol.h: what a client library and liteipcd say to each other over a Unix socket of type
 * SOCK_SEQPACKET: one connection for each task, one request at a time, one answer to each.  Both
 * run on one machine, so integers have its byte order.  Only shapes and numbers: no behaviour.
 *
 * The daemon never looks into a client's memory.  A request brings along all of it that the call
 * may read, as segments; an answer says what the client is to write. */
#ifndef TOUCHSTONE_DAEMON_PROTOCOL_H
#define TOUCHSTONE_DAEMON_PROTOCOL_H

#include <stdint.h>

#define LITEIPCD_PROTOCOL_VERSION 2u
#define LITEIPCD_SOCKET_DEFAULT "/run/liteipc/lite_ipc"

/* Limits of a packet and of a request, which may need several packets. */
#define LITEIPCD_PACKET_BYTES_MAX 131072u    /* header included */
#define LITEIPCD_REQUEST_BYTES_MAX 327680u   /* all bodies together: what one call can read */
#define LITEIPCD_SEGMENTS_MAX 512u           /* argument, message, data, offsets, 409 buffers */
#define LITEIPCD_DESCRIPTORS_MAX 512u        /* of a request or answer */
#define LITEIPCD_PACKET_DESCRIPTORS_MAX 250u /* that go with one packet, by SCM_RIGHTS */

/* Each packet, in both directions, begins with this; then comes a part of the body. */
struct liteipcd_packet {
  uint32_t operation;        /* LITEIPCD_.., the same in all packets of a request and its answer */
  uint32_t body_bytes;       /* of the whole body */
  uint32_t body_offset;      /* where in it the bytes of this packet stand; the first has 0 */
  uint32_t descriptor_count; /* that go with this packet */
};

/* Operations.  A connection begins with LITEIPCD_HELLO or LITEIPCD_CONTROL, whichever comes first
 * decides what else may follow. */
#define LITEIPCD_HELLO 1u /* liteipcd_hello -> liteipcd_welcome; with a mailbox two descriptors */
#define LITEIPCD_OPEN 2u  /* nothing -> liteipcd_answer */
#define LITEIPCD_MMAP                                                                              \
  3u                        /* liteipcd_mmap -> liteipcd_answer and, if its value is 0, the pool's \
                               file: one descriptor, which has no place */
#define LITEIPCD_IOCTL 4u   /* liteipcd_ioctl, .. -> liteipcd_answer, when the call is over */
#define LITEIPCD_PLACED 5u  /* liteipcd_placed -> liteipcd_answer, see there */
#define LITEIPCD_CONTROL 6u /* a line of text -> text; for the daemon's own user and root alone */

/* Who calls.  Process, user and group are those that the socket says. */
struct liteipcd_hello {
  uint32_t version;       /* LITEIPCD_PROTOCOL_VERSION */
  uint32_t pointer_bytes; /* 4 or 8 */
  uint32_t thread;        /* gettid(); has to be a thread of the process */
  uint32_t is_child;      /* 1: of a process that had opened the device before it forked */
  uint32_t has_mailbox;   /* 1: a mailbox is welcome */
};

struct liteipcd_welcome {
  int64_t value; /* 0, or minus an errno: EPROTONOSUPPORT, EAGAIN, EPERM */
  uint32_t task; /* the id that the task has as a handle */
  uint32_t process;
  uint32_t task_limit;
  uint32_t process_limit;
  uint32_t pointer_bytes; /* the daemon's data model */
  uint32_t instance; /* the same as long as the daemon runs, another after a restart; 0: not said */
};

struct liteipcd_mmap {
  uint64_t bytes;
  uint64_t address;    /* where the client has room for the pool; 0: nowhere */
  uint32_t protection; /* TOUCHSTONE_PROT_.. */
  uint32_t flags;      /* TOUCHSTONE_MAP_.. */
};

/* Followed by segments, then by the numbers in the client (uint32_t each) of the descriptors that
 * go with the request, then by the bytes of all segments, one after the other. */
struct liteipcd_ioctl {
  uint64_t command;
  uint64_t argument;
  uint32_t argument_is_writable; /* 1: what the call may write of its argument can be written */
  uint32_t segment_count;
  uint32_t descriptor_count;
  uint32_t padding;
};

struct liteipcd_segment {
  uint64_t address;
  uint32_t bytes;
  uint32_t is_buffer; /* 1: of an object of the message */
};

/* What a call gave, and what is to be written into the client's memory.  Followed by the places in
 * the client's pool (uint32_t offsets) that hold the numbers of the descriptors that go with it.
 * If there are any, the client puts them into its table and says their numbers with
 * LITEIPCD_PLACED; the value is then that of the answer to it, what is written stays this one's. */
struct liteipcd_answer {
  int64_t value;          /* >= 0, or minus an errno */
  uint64_t write_address; /* where `written` goes */
  uint32_t write_bytes;   /* 0 to 12 */
  uint8_t written[12];
  uint32_t descriptor_count;
  uint32_t padding;
};

/* Followed by the numbers of the descriptors, in the order in which they came; LITEIPCD_NO_PLACE
 * for one that had no place in the client's table. */
struct liteipcd_placed {
  uint32_t descriptor_count;
};
#define LITEIPCD_NO_PLACE 0xffffffffu

/* A page that one task shares with the daemon, where LITEIPCD_IOCTL costs less than over the
 * socket.  Its file comes with the welcome, and behind it an eventfd, the doorbell.
 *
 * A request without descriptors can be left here if there is room for its body: the task sets
 * `request_bytes` and adds 1 to the doorbell.  The daemon takes it by setting that to 0.
 *
 * An answer without descriptors comes here, whichever way the request went.  The task sets `state`
 * to OPEN before the request; waits on it as a futex with WAITED_AT; sets AT_SOCKET and receives
 * there once it has waited for long, since there the end of the daemon is seen.  The daemon sets
 * ANSWERED, or AT_SOCKET where the answer is sent.
 *
 * A plain receive that would wait can wait here: while `is_quiet`, the task writes the argument and
 * sets `is_posted`, then looks at `is_quiet` again.  If that is 0 by now, it takes the receive back
 * by changing `is_posted` from 1 to 0 and sends it.  The daemon sets `is_quiet` to 0 when something
 * has come for the task, and carries out what it can take back itself in the same way. */
struct liteipcd_mailbox {
  uint32_t state;     /* LITEIPCD_MAILBOX_.. */
  uint32_t is_quiet;  /* the daemon's: 1 if a plain receive of the task would wait now */
  uint32_t is_posted; /* 1: a receive waits here */
  uint32_t request_bytes;
  uint64_t posted_argument; /* can be read, and written as far as a receive writes it */
  struct liteipcd_answer answer;
  uint8_t request[4032]; /* the body of a LITEIPCD_IOCTL */
};
#define LITEIPCD_MAILBOX_OPEN 0u
#define LITEIPCD_MAILBOX_WAITED_AT 1u
#define LITEIPCD_MAILBOX_ANSWERED 2u
#define LITEIPCD_MAILBOX_AT_SOCKET 3u

#endif
