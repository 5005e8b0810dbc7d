/* null_table.c: gives no table. */
#include <touchstone/plugin.h>

const struct touchstone_plugin_table* touchstone_plugin(void) { return NULL; }
