// dispatch_reference.h: the dispatch reference behind the port of the cases.
#pragma once

#include <memory>

#include "adapter/backend.h"
#include "conformance/userspace/dispatch_port.h"

namespace touchstone::userspace {

std::unique_ptr<DispatchPort> make_reference_dispatch(DataModel model);

}  // namespace touchstone::userspace
