/* data_does_not_fit.c: delivers messages whose data would be larger than their pool. */
#include "conformance/self_test/plugins/wrong_plugin.h"

static int32_t wrong_ioctl(Machine* machine, uint32_t task, uint64_t command, uint64_t argument,
                           int64_t* result) {
  int32_t state = plugin_ioctl(machine, task, command, argument, result);
  struct touchstone_message32* message =
      just_received(machine, task, command, argument, state, *result);
  if (message) message->data_size = 0xfffffff0u;
  return state;
}

const struct touchstone_plugin_table* touchstone_plugin(void) {
  struct touchstone_plugin_table* wrong = right_table();
  wrong->ioctl = wrong_ioctl;
  return wrong;
}
