// parcel_plan.h: random things to do to a parcel, which RapidCheck shrinks and prints as the steps
// of a script.  Drawn from one number and not from a generator for each part: it is cheap.
#pragma once

#include <rapidcheck.h>

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "conformance/userspace/parcel_operation.h"

namespace touchstone::userspace {

struct ParcelPlan {
  ParcelApi api = ParcelApi::legacy;
  DataModel data_model = DataModel::ilp32;
  std::vector<ParcelOperation> operations;  // the first is an init or a message
};

// The steps of a case, one a line.
std::string script_of(const ParcelPlan& plan);
void showValue(const ParcelPlan& plan, std::ostream& out);

struct ParcelDomain {
  enum class Start : std::uint8_t {
    roomy,  // an init of all there can be
    tight,  // an init of little, or of nothing, or one that is refused
    sent,   // a message that was pushed, and then often harmed
    noise,  // a message of any bytes
  };
  Start start = Start::roomy;
  bool has_pushes = true;
  bool has_pops = false;
  bool has_refusals = false;  // null pointers, sizes that cannot be
  bool has_others = false;    // free, copy, append, further inits
  bool is_portable = false;   // nothing that is as wide as a pointer
  bool is_shared = false;     // only what both APIs have in the same slots
  std::optional<ParcelApi> api{};
  std::optional<DataModel> data_model{};
  std::vector<ParcelType> types{};  // only these, if there are any
};

void showValue(ParcelDomain::Start start, std::ostream& out);

// Up to 40 operations by size, after the start.
rc::Gen<ParcelPlan> parcel_plans(const ParcelDomain& domain);

}  // namespace touchstone::userspace
