/* nonsense_limits.c: has pages of 1000 bytes. */
#include "conformance/self_test/plugins/wrong_plugin.h"

const struct touchstone_plugin_table* touchstone_plugin(void) {
  struct touchstone_plugin_table* wrong = right_table();
  wrong->page_bytes = 1000;
  return wrong;
}
