// parcel_explain.h: which clause a difference is about: by the operation, by what the reference
// refused and why, and by what came out differently.  Decides no verdict.
#pragma once

#include <cstddef>
#include <string>

#include "conformance/userspace/parcel_expectation.h"
#include "conformance/userspace/parcel_play.h"
#include "conformance/userspace/parcel_story.h"

namespace touchstone::userspace {

struct ParcelDifference {
  ParcelApi api = ParcelApi::legacy;
  DataModel data_model = DataModel::lp64;
  const ParcelSequence& operations;
  std::size_t index = 0;              // of the operation that differs
  const ParcelExpectation& expected;  // of it
  const ParcelShown* got = nullptr;   // null: the library died in it, or did not come back
  ChildEnd::Kind end = ChildEnd::Kind::finished;  // then which
  std::string death{};                            // and the reason
};

// "PCL-35".
std::string clause_of(const ParcelDifference& difference);

// The clause that says how a value of the type looks: PCL-14 to PCL-30, and those of chapter 12.
std::string slot_clause(ParcelApi api, ParcelType type);

}  // namespace touchstone::userspace
