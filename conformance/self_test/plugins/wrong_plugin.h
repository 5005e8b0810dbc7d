/* wrong_plugin.h: what the plug-ins that are wrong on purpose have in common: the minimal plug-in,
 * with a table that can be spoilt.  Each .c beside this spoils one thing, and the self-test says
 * how it must be caught.  Included once in each plug-in; not part of any product. */
#ifndef TOUCHSTONE_WRONG_PLUGIN_H
#define TOUCHSTONE_WRONG_PLUGIN_H

#include <touchstone/plugin.h>

/* The minimal plug-in, but for its entry point: that is the wrong plug-in's own. */
#define touchstone_plugin(nothing) minimal_plugin(nothing)
#include "examples/minimal_plugin/minimal_plugin.c"
#undef touchstone_plugin

static inline struct touchstone_plugin_table* right_table(void) {
  static struct touchstone_plugin_table copy;
  copy = table;
  copy.name = "wrong";
  return &copy;
}

/* The message that the caller's SEND_RECV_MSG has just received, to be spoilt in its pool; NULL if
 * the call was another one, sleeps, or failed. */
static inline struct touchstone_message32* just_received(Machine* machine, uint32_t task,
                                                         uint64_t command, uint64_t argument,
                                                         int32_t state, int64_t result) {
  struct touchstone_content32 content;
  if (command != TOUCHSTONE_IPC_SEND_RECV_MSG_32 || state != TOUCHSTONE_DONE || result != 0) {
    return NULL;
  }
  if (!copy_in(machine, machine->tasks[task].process, &content, argument, sizeof content)) {
    return NULL;
  }
  if ((content.flag & TOUCHSTONE_RECV) == 0) return NULL;
  return (struct touchstone_message32*)(void*)user_memory(machine, machine->tasks[task].process,
                                                          content.in_message,
                                                          sizeof(struct touchstone_message32), 0);
}

#endif
