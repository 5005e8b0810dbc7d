// parcel_text.h: operations on parcels as the steps of scripts (spec/userspace-case-format.md,
// section 2), and what is seen of them as a step shows it.  Performs nothing.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <vector>

#include "conformance/userspace/parcel_operation.h"
#include "conformance/userspace/player.h"
#include "conformance/userspace/script.h"

namespace touchstone::userspace {

// The operation that a step asks for; numbers that do not fit the data model are errors.
std::expected<ParcelOperation, StepError> read_parcel_step(const ScriptStep& step, ParcelApi api,
                                                           DataModel data_model);

// "push string \"hello\"": what read_parcel_step reads.
std::string print_parcel_operation(const ParcelOperation& operation, DataModel data_model);

// Keys and values, as player.h has them.
Shown shown_of(const ParcelOperation& operation, const ParcelShown& shown, DataModel data_model);

// A number as its type writes it: decimal with its sign; bits of a float in decimal too.
std::string number_text(ParcelType type, std::uint64_t number, DataModel data_model);
// In double quotes, as a script writes it.
std::string quoted_text(std::span<const std::byte> bytes);

}  // namespace touchstone::userspace
