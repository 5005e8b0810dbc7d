/* offsets_beyond_data.c: delivers messages with an object that starts behind their data. */
#include "conformance/self_test/plugins/wrong_plugin.h"

static int32_t wrong_ioctl(Machine* machine, uint32_t task, uint64_t command, uint64_t argument,
                           int64_t* result) {
  int32_t state = plugin_ioctl(machine, task, command, argument, result);
  struct touchstone_message32* message =
      just_received(machine, task, command, argument, state, *result);
  if (message && message->data_size >= sizeof(uint32_t)) {
    uint32_t offset = 60000;
    /* The data is its own offsets array: it lies in the pool, and what it holds is wrong. */
    memcpy(message + 1, &offset, sizeof offset);
    message->offsets = message->data;
    message->object_count = 1;
  }
  return state;
}

const struct touchstone_plugin_table* touchstone_plugin(void) {
  struct touchstone_plugin_table* wrong = right_table();
  wrong->ioctl = wrong_ioctl;
  return wrong;
}
