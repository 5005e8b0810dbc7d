/* crashes_in_ioctl.c: follows a null pointer in get_version, after a last word. */
#include <stdio.h>

#include "conformance/self_test/plugins/wrong_plugin.h"

static int32_t wrong_ioctl(Machine* machine, uint32_t task, uint64_t command, uint64_t argument,
                           int64_t* result) {
  /* Volatile, so that no compiler draws its own conclusions. */
  int32_t* volatile nowhere = NULL;
  if (command == TOUCHSTONE_IPC_GET_VERSION) {
    fputs("about to crash\n", stderr);
    return *nowhere;
  }
  return plugin_ioctl(machine, task, command, argument, result);
}

const struct touchstone_plugin_table* touchstone_plugin(void) {
  struct touchstone_plugin_table* wrong = right_table();
  wrong->ioctl = wrong_ioctl;
  return wrong;
}
