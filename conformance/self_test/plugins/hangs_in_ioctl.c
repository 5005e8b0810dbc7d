/* hangs_in_ioctl.c: never comes back from get_version. */
#include "conformance/self_test/plugins/wrong_plugin.h"

static volatile int for_ever = 1;

static int32_t wrong_ioctl(Machine* machine, uint32_t task, uint64_t command, uint64_t argument,
                           int64_t* result) {
  while (command == TOUCHSTONE_IPC_GET_VERSION && for_ever) {
  }
  return plugin_ioctl(machine, task, command, argument, result);
}

const struct touchstone_plugin_table* touchstone_plugin(void) {
  struct touchstone_plugin_table* wrong = right_table();
  wrong->ioctl = wrong_ioctl;
  return wrong;
}
