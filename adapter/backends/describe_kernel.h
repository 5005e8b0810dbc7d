// describe_kernel.h: the reference kernel's state as a few lines of text, for reports.
#pragma once

#include <string>

namespace touchstone::kernel {
class Kernel;
}

namespace touchstone {

// One line for the CMS, for each live process and for each live task; ids are the kernel's own.
std::string describe_kernel(const kernel::Kernel& kernel);

}  // namespace touchstone
