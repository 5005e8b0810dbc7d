/* prints_garbage.c: prints no text at all on stdout wherever it can, but answers right. */
#include <stdio.h>

#include "conformance/self_test/plugins/wrong_plugin.h"

static void print_garbage(void) {
  for (int byte = 255; byte >= 0; --byte) putchar(byte);
  fflush(stdout);
}

static int32_t printing_ioctl(Machine* machine, uint32_t task, uint64_t command, uint64_t argument,
                              int64_t* result) {
  print_garbage();
  return plugin_ioctl(machine, task, command, argument, result);
}

const struct touchstone_plugin_table* touchstone_plugin(void) {
  struct touchstone_plugin_table* printing = right_table();
  printing->ioctl = printing_ioctl;
  print_garbage();
  return printing;
}
