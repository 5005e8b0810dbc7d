// keep_memory.h: tells the allocator to keep what is freed.  Each case makes and drops pools of up
// to 256 KiB; handing them back to the system each time costs several times what judging costs.
#pragma once

namespace touchstone {

// For the whole process; once, at its start.  Does nothing where the C library has no such setting.
void keep_freed_memory();

}  // namespace touchstone
