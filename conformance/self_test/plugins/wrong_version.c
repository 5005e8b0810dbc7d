/* wrong_version.c: speaks another version of the interface. */
#include "conformance/self_test/plugins/wrong_plugin.h"

const struct touchstone_plugin_table* touchstone_plugin(void) {
  struct touchstone_plugin_table* wrong = right_table();
  wrong->interface_version = 7;
  return wrong;
}
