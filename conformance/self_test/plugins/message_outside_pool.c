/* message_outside_pool.c: says that a received message lies in the receiver's scratch area. */
#include "conformance/self_test/plugins/wrong_plugin.h"

static int32_t wrong_ioctl(Machine* machine, uint32_t task, uint64_t command, uint64_t argument,
                           int64_t* result) {
  int32_t state = plugin_ioctl(machine, task, command, argument, result);
  if (just_received(machine, task, command, argument, state, *result)) {
    uint32_t outside = SCRATCH_BASE + task * SCRATCH_BYTES;
    copy_out(machine, machine->tasks[task].process,
             argument + offsetof(struct touchstone_content32, in_message), &outside,
             sizeof outside);
  }
  return state;
}

const struct touchstone_plugin_table* touchstone_plugin(void) {
  struct touchstone_plugin_table* wrong = right_table();
  wrong->ioctl = wrong_ioctl;
  return wrong;
}
