/* crashes_when_loaded.c: gives a table at an address that is not there. */
#include <touchstone/plugin.h>

const struct touchstone_plugin_table* touchstone_plugin(void) {
  return (const struct touchstone_plugin_table*)(uintptr_t)16;
}
