/* unknown_data_model.c: has pointers of another size. */
#include "conformance/self_test/plugins/wrong_plugin.h"

const struct touchstone_plugin_table* touchstone_plugin(void) {
  struct touchstone_plugin_table* wrong = right_table();
  wrong->data_model = 3;
  return wrong;
}
