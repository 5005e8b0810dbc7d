// parcel_expectation.h: what an operation on a parcel must show, as far as it is stated, and in
// which aspects something else came.  Names no clause (parcel_explain.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "conformance/userspace/parcel_operation.h"

namespace touchstone::userspace {

// What can be right or wrong in what an operation shows, as bits.
enum class ParcelAspect : std::uint16_t {
  result = 1u << 0,  // also a service's, a buffer's fields
  at = 1u << 1,
  count = 1u << 2,
  used = 1u << 3,
  left = 1u << 4,
  entries = 1u << 5,
  entries_left = 1u << 6,
  flag = 1u << 7,
  available = 1u << 8,
};

class ParcelAspects {
 public:
  constexpr ParcelAspects() = default;
  constexpr ParcelAspects(std::initializer_list<ParcelAspect> aspects) {
    for (const ParcelAspect aspect : aspects) add(aspect);
  }
  constexpr void add(ParcelAspect aspect) { bits_ |= static_cast<std::uint16_t>(aspect); }
  constexpr bool has(ParcelAspect aspect) const {
    return (bits_ & static_cast<std::uint16_t>(aspect)) != 0;
  }
  constexpr bool empty() const { return bits_ == 0; }
  // Nothing but these, and at least one of them.
  constexpr bool only(ParcelAspects others) const {
    return !empty() && (bits_ & ~others.bits_) == 0;
  }
  constexpr bool any(ParcelAspects others) const { return (bits_ & others.bits_) != 0; }

 private:
  std::uint16_t bits_ = 0;
};

inline constexpr ParcelAspects state_aspects{ParcelAspect::used,    ParcelAspect::left,
                                             ParcelAspect::entries, ParcelAspect::entries_left,
                                             ParcelAspect::flag,    ParcelAspect::available};

struct ParcelExpectation {
  ParcelShown shown{};
  ParcelAspects stated{};
  // Of `shown.bytes`: a byte that is 0 here may be anything.  Empty: all of them count.
  std::vector<std::byte> mask{};
  bool is_any_true = false;  // the number may be any but 0
};

// The aspects that are stated and came out differently; none if all is as it must be.
ParcelAspects differing(const ParcelExpectation& expected, const ParcelShown& got);

// What is stated, in a script's words: "null count=5 used=4 flag=1".
std::string expectation_text(const ParcelOperation& operation, const ParcelExpectation& expected,
                             DataModel data_model);

}  // namespace touchstone::userspace
