/* lock.h: the one lock of the library, for what is not done in every call.  Who holds it is not
 * interrupted by a signal, so that a handler may fork. */
#ifndef LITE_IPC_LOCK_H
#define LITE_IPC_LOCK_H

#include <signal.h>

/* Gives what lite_ipc_unlock takes. */
sigset_t lite_ipc_lock(void);
void lite_ipc_unlock(const sigset_t* before);

/* Around a fork: in the child it is as free as in the parent. */
void lite_ipc_lock_for_fork(void);
void lite_ipc_unlock_after_fork(void);

#endif
