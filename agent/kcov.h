/* kcov.h: notes what code of the driver the calls of tasks reach, in the file that a harness has
 * named (touchstone/kcov_map.h); without one, does nothing.  Called on the threads of puppets. */
#ifndef TOUCHSTONE_AGENT_KCOV_H
#define TOUCHSTONE_AGENT_KCOV_H

/* Around all that a task does in the device, up to an exec: the kernel would go on counting. */
void kcov_task_begins(void);
void kcov_task_ends(void);

/* Around each thing that it does there; what the kernel did for others meanwhile does not count. */
void kcov_call_begins(void);
void kcov_call_ends(void);

#endif
