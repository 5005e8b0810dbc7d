/* missing_function.c: has no munmap. */
#include "conformance/self_test/plugins/wrong_plugin.h"

const struct touchstone_plugin_table* touchstone_plugin(void) {
  struct touchstone_plugin_table* wrong = right_table();
  wrong->munmap = NULL;
  return wrong;
}
