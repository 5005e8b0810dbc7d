#define _GNU_SOURCE
#include "daemon/client/mailbox.h"

#include <errno.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

_Static_assert(sizeof(struct liteipcd_mailbox) == 4096, "struct liteipcd_mailbox");

/* A wait that takes longer than this is no one's hurry. */
static const struct timespec hurry = {.tv_sec = 0, .tv_nsec = 50000000};

struct liteipcd_mailbox* lite_ipc_map_mailbox(int file) {
  void* at =
      mmap(NULL, sizeof(struct liteipcd_mailbox), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (at == MAP_FAILED) return NULL;
  madvise(at, sizeof(struct liteipcd_mailbox), MADV_DONTFORK);
  return at;
}

void lite_ipc_unmap_mailbox(struct liteipcd_mailbox* mailbox) {
  if (mailbox != NULL) munmap(mailbox, sizeof(struct liteipcd_mailbox));
}

void lite_ipc_open_mailbox(struct liteipcd_mailbox* mailbox) {
  __atomic_store_n(&mailbox->state, LITEIPCD_MAILBOX_OPEN, __ATOMIC_SEQ_CST);
}

int lite_ipc_ring(struct liteipcd_mailbox* mailbox, uint32_t request_bytes, int doorbell) {
  static const uint64_t once = 1;
  const int saved = errno;
  __atomic_store_n(&mailbox->request_bytes, request_bytes, __ATOMIC_SEQ_CST);
  const int is_told = syscall(SYS_write, doorbell, &once, sizeof once) == sizeof once;
  errno = saved;
  return is_told || __atomic_exchange_n(&mailbox->request_bytes, 0, __ATOMIC_SEQ_CST) == 0;
}

int lite_ipc_post_receive(struct liteipcd_mailbox* mailbox, uintptr_t argument) {
  if (!__atomic_load_n(&mailbox->is_quiet, __ATOMIC_RELAXED)) return 0;
  mailbox->posted_argument = argument;
  __atomic_store_n(&mailbox->is_posted, 1, __ATOMIC_SEQ_CST);
  if (__atomic_load_n(&mailbox->is_quiet, __ATOMIC_SEQ_CST)) return 1;
  uint32_t posted = 1;
  return !__atomic_compare_exchange_n(&mailbox->is_posted, &posted, 0, 0, __ATOMIC_SEQ_CST,
                                      __ATOMIC_SEQ_CST);
}

/* Goes on from `from` to `to`; 0 where the daemon has gone on meanwhile. */
static int change(struct liteipcd_mailbox* mailbox, uint32_t from, uint32_t to) {
  return __atomic_compare_exchange_n(&mailbox->state, &from, to, 0, __ATOMIC_SEQ_CST,
                                     __ATOMIC_SEQ_CST);
}

/* Until the state is no longer WAITED_AT, or for as long as is worth it. */
static void wait_in_hurry(struct liteipcd_mailbox* mailbox) {
  const int saved = errno;
  long status = 0;
  do {
    status = syscall(SYS_futex, &mailbox->state, FUTEX_WAIT, LITEIPCD_MAILBOX_WAITED_AT, &hurry,
                     NULL, 0);
  } while (status < 0 && errno == EINTR);
  errno = saved;
}

int lite_ipc_wait_at_mailbox(struct liteipcd_mailbox* mailbox, struct liteipcd_answer* answer) {
  if (change(mailbox, LITEIPCD_MAILBOX_OPEN, LITEIPCD_MAILBOX_WAITED_AT)) {
    wait_in_hurry(mailbox);
    /* The answer goes to the socket from here on, whatever else the daemon writes here. */
    if (change(mailbox, LITEIPCD_MAILBOX_WAITED_AT, LITEIPCD_MAILBOX_AT_SOCKET)) return 0;
  }
  if (__atomic_load_n(&mailbox->state, __ATOMIC_SEQ_CST) != LITEIPCD_MAILBOX_ANSWERED) return 0;
  *answer = mailbox->answer;
  return 1;
}
