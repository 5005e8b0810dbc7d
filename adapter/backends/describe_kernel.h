// describe_kernel.h: the reference kernel's state as a few lines of text, for reports.
#pragma once

#include <string>

#include "adapter/backend.h"

namespace touchstone::kernel {
class Kernel;
}

namespace touchstone {

// One line for the CMS, one for each live process and each of its live tasks.
std::string describe_kernel(const kernel::Kernel& kernel, const IdNames& names);

}  // namespace touchstone
