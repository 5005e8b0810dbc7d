// parcel_laws.h: what the contract says of single operations on parcels, in numbers: how much a
// push takes, what a pop must give back.  From the tables of spec 11 and 12, and not from the
// reference.
#pragma once

#include <cstdint>
#include <vector>

#include "conformance/userspace/parcel_operation.h"
#include "conformance/userspace/parcel_port.h"

namespace touchstone::userspace {

bool is_object(ParcelType type);

// What a push takes of the data if all of it fits; the operation is one that can be pushed.
std::uint64_t slot_bytes(const ParcelOperation& push, ParcelApi api, DataModel data_model);

ParcelOperation init_of(std::uint64_t size, std::uint64_t objects);
// The pop that reads what was pushed.
ParcelOperation pop_of(const ParcelOperation& push);
// What was pushed, as it is sent.
ParcelOperation message_of(ParcelPort& parcel);

// Whether what was popped is what was pushed.  A legacy cookie is not sent.
bool gives_back(const ParcelOperation& push, const ParcelShown& popped, ParcelApi api,
                DataModel data_model);

// Whether a pop gave what a failed one gives: nothing of a message is in it but a count.
bool gives_nothing(const ParcelOperation& pop, const ParcelShown& popped);

// Whether the bytes that a pop gave lie in the data and are those that stand there.
bool lies_in(const std::vector<std::byte>& data, const ParcelOperation& pop,
             const ParcelShown& popped);

}  // namespace touchstone::userspace
