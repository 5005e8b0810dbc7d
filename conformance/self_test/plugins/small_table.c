/* small_table.c: has less than the first version's table. */
#include "conformance/self_test/plugins/wrong_plugin.h"

const struct touchstone_plugin_table* touchstone_plugin(void) {
  struct touchstone_plugin_table* wrong = right_table();
  wrong->struct_bytes = 64;
  return wrong;
}
