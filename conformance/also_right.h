// also_right.h: outcomes that are right beside the reference's: those that the deciding clause
// names as `Also:`, and what an ioctl system call may answer before the driver does (DEV-19).  And
// from where on nothing is specified any more: an unmapped pool (DEV-15), a CMS that ended
// (CMS-26).
#pragma once

#include <cstddef>
#include <vector>

#include "adapter/backend.h"
#include "adapter/program.h"
#include "conformance/spec_catalogue.h"

namespace touchstone {

std::vector<Outcome> also_right(const Operation& operation, const Outcome& reference,
                                const SpecCatalogue& catalogue, DataModel data_model);

// Whether the kernel takes the argument for an address, by the command word.
bool takes_pointer(const RawIoctl& ioctl);
// What that address is; `valid` anywhere in the user range, mapped or not.
Pointer pointer_of(const RawIoctl& ioctl, DataModel data_model);

// The first step that the reference answered by an `unspecified` clause, or the one after a munmap:
// from there on another implementation may be in another state.  The number of steps where there is
// none.
std::size_t unspecified_from(const std::vector<Outcome>& reference, const SpecCatalogue& catalogue);

}  // namespace touchstone
