/* capability_without_function.c: states that it can fork, and cannot. */
#include "conformance/self_test/plugins/wrong_plugin.h"

const struct touchstone_plugin_table* touchstone_plugin(void) {
  struct touchstone_plugin_table* wrong = right_table();
  wrong->capabilities |= TOUCHSTONE_CAP_FORK;
  return wrong;
}
