/* never_boots.c: has no machine to give. */
#include "conformance/self_test/plugins/wrong_plugin.h"

static Machine* no_machine(void) { return NULL; }

const struct touchstone_plugin_table* touchstone_plugin(void) {
  struct touchstone_plugin_table* wrong = right_table();
  wrong->create = no_machine;
  return wrong;
}
