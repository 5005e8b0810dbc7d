/* cast.h: the puppets as the agent sees them: finds, makes, tells, awaits and ends them.  Whatever
 * goes wrong with one that is not the implementation's answer makes the instance lost. */
#ifndef TOUCHSTONE_AGENT_CAST_H
#define TOUCHSTONE_AGENT_CAST_H

#include <stdint.h>

#include "agent/director.h"
#include "agent/world.h"

/* As director_begin(). */
const char* cast_begin(const struct settings* settings, struct link* link);
/* Kills all puppets and waits for their ends. */
void cast_end(void);

/* Why the instance is lost; "" as long as it is not.  The first reason stays.  Gives an errno for
 * what cannot be answered any more. */
const char* cast_lost(void);
int64_t cast_lose(const char* format, ...) __attribute__((format(printf, 1, 2)));

/* Those that live, by the implementation's ids; NULL for any other number. */
struct task* find_task(uint64_t id);
struct process* find_process(uint64_t id);
struct process* process_of(const struct task* task);
int sleeps(const struct task* task);

/* A place for a new one, NULL if there is none.  It lives only when that is said. */
struct task* place_for_task(struct process* process);
struct process* place_for_process(void);
int place_of_task(const struct task* task);
int place_of_process(const struct process* process);

/* Forks a puppet of one task; the task then begins. */
int64_t spawn_puppet(struct process* process, struct task* task, uint32_t user, uint32_t group);

/* The thread is to do something from now on. */
void tell(struct thread* thread, enum deed deed, uint64_t first, uint64_t second, uint64_t third);
/* Waits until it has done it; gives the value. */
int64_t await(struct thread* thread, const char* what);
int64_t ask(struct thread* thread, enum deed deed, uint64_t first, uint64_t second);
/* Waits until `thread` has done what it was told, or sleeps in it, and nothing goes on anywhere.
 * NULL: for the second alone. */
void settle(const struct thread* thread);
/* Lets time pass. */
void wait_ns(uint64_t nanoseconds);

/* Takes note of puppets that have ended though nobody told them to. */
void look_for_deaths(void);
void end_task(struct task* task);
void end_process(struct process* process);

/* Takes so many bytes that a puppet has put into the pipe for them. */
void take_memory(uint8_t* into, size_t count);

#endif
