// parcel_sequences.h: sequences of operations made by chance from a seed, for the properties that
// any library must have.  The same seed gives the same sequences.  Plays nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "conformance/userspace/parcel_play.h"

namespace touchstone::userspace {

enum class ParcelProperty : std::uint8_t {
  pushes,      // what is pushed comes out as the reference has it, fit or not
  round_trip,  // pops of what was pushed give it back
  truncated,   // the same of a message that was cut short
  any_bytes,   // pops of any types from any bytes end, inside the message
};
inline constexpr ParcelProperty all_parcel_properties[] = {
    ParcelProperty::pushes, ParcelProperty::round_trip, ParcelProperty::truncated,
    ParcelProperty::any_bytes};

std::string_view property_word(ParcelProperty property);  // "round-trip"

// Whether a function is there to be called.
using HasFunction = std::function<bool(const ParcelOperation&)>;

std::vector<ParcelSequence> make_sequences(ParcelProperty property, ParcelApi api,
                                           DataModel data_model, const HasFunction& has_function,
                                           std::size_t count, std::uint64_t seed);

}  // namespace touchstone::userspace
