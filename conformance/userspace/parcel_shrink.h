// parcel_shrink.h: makes a sequence that breaks a clause shorter, as long as it still does.
#pragma once

#include <string>

#include "conformance/userspace/parcel_judge.h"

namespace touchstone::userspace {

// With expectations of the reference.  `found` breaks `clause` on `source`.
ParcelCase shrink_parcel_case(const ParcelSource& source, const ParcelCase& found,
                              const std::string& clause);

}  // namespace touchstone::userspace
