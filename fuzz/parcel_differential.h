// parcel_differential.h: one sequence of operations on a loaded library, in this process, held
// against what the reference shows.  A crash of the library is that of the caller.
#pragma once

#include <optional>
#include <string>

#include "conformance/userspace/parcel_judge.h"
#include "conformance/userspace/parcel_library.h"

namespace touchstone::fuzz {

struct ParcelTrial {
  userspace::ParcelCase one;
  userspace::PlayedParcel played;

  std::optional<userspace::ParcelFinding> finding() const;
  // "PCL-38, push string: left, flag": equal for what is likely one mistake.
  std::string signature(const userspace::ParcelFinding& finding) const;
  // Each step with what it must show, and what came where that differs.
  std::string story(const userspace::ParcelFinding& finding) const;
};

// Operations that the library has no function for are left out.
ParcelTrial try_parcel(const userspace::ParcelLibrary& library,
                       const userspace::ParcelSequence& sequence);

// Without what is not needed for the same signature.
ParcelTrial shrink_parcel(const userspace::ParcelLibrary& library, ParcelTrial trial);

}  // namespace touchstone::fuzz
