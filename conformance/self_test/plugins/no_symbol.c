/* no_symbol.c: a library that is no plug-in. */
#include <touchstone/plugin.h>

int not_a_plugin(void);
int not_a_plugin(void) { return 0; }
