// parcel_story.h: what the reference did in a sequence of operations: the state before each, why it
// was refused, and what each byte that was pushed is.  Judges nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "conformance/userspace/parcel_expectation.h"
#include "conformance/userspace/parcel_operation.h"
#include "reference/parcel/refusal.h"

namespace touchstone::userspace {

enum class ByteRole : std::uint8_t {
  anything,  // no value fills it (PCL-26, PCL-43)
  number,
  length,  // of a string, a flat object, ...: the count in front
  body,
  end,      // the NUL of a string, the unit 0 of a string16
  padding,  // zeroes up to whole words
  type,     // of a special object
  descriptor,
  service,
  buffer,
};

struct PushedByte {
  std::size_t operation = 0;  // its index
  ByteRole role = ByteRole::anything;
};

struct ParcelMoment {
  ParcelState before{};
  ParcelShown shown{};
  parcel::Refusal refusal = parcel::Refusal::none;
  std::uint64_t word_ahead = 0;  // the four bytes at the cursor before, as far as there are
  bool is_null = false;          // a null parcel was used
  bool was_made = false;         // by an init or a message before it
  bool was_copied = false;
};

struct ParcelStory {
  std::vector<ParcelMoment> moments;  // one for each operation
  std::vector<PushedByte> bytes;      // of the data, from its base to the cursor
};

ParcelStory tell_story(ParcelApi api, DataModel data_model,
                       std::span<const ParcelOperation> operations);

// 0 for the bytes that may be anything, ff for the others.
std::vector<std::byte> mask_of(const ParcelStory& story);

}  // namespace touchstone::userspace
