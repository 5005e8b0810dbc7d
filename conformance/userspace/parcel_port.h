// parcel_port.h: an implementation of parcels, one operation at a time.  Judges nothing.
#pragma once

#include <memory>
#include <string>

#include "conformance/userspace/parcel_operation.h"

namespace touchstone::userspace {

// One parcel of one API in one data model, not made at first.  Its buffer is 0xa5 (`fill`) before
// anything is written to it.
class ParcelPort {
 public:
  virtual ~ParcelPort() = default;

  virtual ParcelApi api() const = 0;
  virtual DataModel data_model() const = 0;

  // Performs it and tells what is seen.  What an operation cannot express in the port's API or data
  // model (a type of the other API) is a mistake of the caller.
  virtual ParcelShown perform(const ParcelOperation& operation) = 0;
};

inline constexpr std::byte parcel_fill{0xa5};

}  // namespace touchstone::userspace
