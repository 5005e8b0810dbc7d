// services_reference.h: the reference service manager behind the port.
#pragma once

#include <memory>

#include "conformance/userspace/services_port.h"

namespace touchstone::userspace {

std::unique_ptr<ServicesFactory> reference_services();

}  // namespace touchstone::userspace
