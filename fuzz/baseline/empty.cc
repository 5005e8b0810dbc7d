// A target that does nothing: what an execution costs before any work.  bench/ and ci/ measure the
// others against it, in one run, with the same flags.
#include "fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t*, std::size_t) { return 0; }
