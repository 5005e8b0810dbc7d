#include "conformance/keep_memory.h"

#include <cstdlib>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace touchstone {

void keep_freed_memory() {
#ifdef __GLIBC__
  constexpr int bytes = 256 << 20;
  mallopt(M_TRIM_THRESHOLD, bytes);
  mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the most that it takes
#endif
}

}  // namespace touchstone
