#include "conformance/userspace/parcel_shrink.h"

#include <utility>

namespace touchstone::userspace {
namespace {

bool breaks(const ParcelSource& source, const ParcelCase& one, const std::string& clause) {
  const auto finding = first_finding(one, play_parcel(source, one.operations));
  return finding && finding->clause == clause;
}

}  // namespace

ParcelCase shrink_parcel_case(const ParcelSource& source, const ParcelCase& found,
                              const std::string& clause) {
  ParcelCase best = found;
  const auto take_if_it_breaks = [&](ParcelSequence operations) {
    ParcelCase one = case_of_reference(best.api, best.data_model, std::move(operations));
    if (!breaks(source, one, clause)) return false;
    best = std::move(one);
    return true;
  };
  // Nothing behind what differs is needed, but what shows it stays.
  const auto finding = first_finding(found, play_parcel(source, found.operations));
  if (finding) {
    ParcelSequence shorter = best.operations;
    shorter.resize(finding->index + 1);
    take_if_it_breaks(std::move(shorter));
  }
  // The first operation makes the parcel.
  for (std::size_t index = best.operations.size(); index-- > 1;) {
    if (index >= best.operations.size()) continue;
    ParcelSequence shorter = best.operations;
    shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(index));
    take_if_it_breaks(std::move(shorter));
  }
  return best;
}

}  // namespace touchstone::userspace
