#define _GNU_SOURCE
#include "daemon/client/lock.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

sigset_t lite_ipc_lock(void) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_mutex_lock(&lock);
  return before;
}

void lite_ipc_unlock(const sigset_t* before) {
  pthread_mutex_unlock(&lock);
  pthread_sigmask(SIG_SETMASK, before, NULL);
}

void lite_ipc_lock_for_fork(void) { pthread_mutex_lock(&lock); }
void lite_ipc_unlock_after_fork(void) { pthread_mutex_unlock(&lock); }
