/* unknown_errno.c: get_version fails with an errno that there is not. */
#include "conformance/self_test/plugins/wrong_plugin.h"

static int32_t wrong_ioctl(Machine* machine, uint32_t task, uint64_t command, uint64_t argument,
                           int64_t* result) {
  int32_t state = plugin_ioctl(machine, task, command, argument, result);
  if (command == TOUCHSTONE_IPC_GET_VERSION) *result = -999;
  return state;
}

const struct touchstone_plugin_table* touchstone_plugin(void) {
  struct touchstone_plugin_table* wrong = right_table();
  wrong->ioctl = wrong_ioctl;
  return wrong;
}
