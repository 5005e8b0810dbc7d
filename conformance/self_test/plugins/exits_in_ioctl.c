/* exits_in_ioctl.c: ends the whole process in get_version, as if all were well. */
#include "conformance/self_test/plugins/wrong_plugin.h"

static int32_t wrong_ioctl(Machine* machine, uint32_t task, uint64_t command, uint64_t argument,
                           int64_t* result) {
  if (command == TOUCHSTONE_IPC_GET_VERSION) exit(0);
  return plugin_ioctl(machine, task, command, argument, result);
}

const struct touchstone_plugin_table* touchstone_plugin(void) {
  struct touchstone_plugin_table* wrong = right_table();
  wrong->ioctl = wrong_ioctl;
  return wrong;
}
