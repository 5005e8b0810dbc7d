// vector_reader.h: one vector from its line of JSON.  The formats are in README.md of
// corpora/golden/marshalling/.  Opens no file.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "conformance/userspace/vector_file.h"

namespace touchstone::userspace {

// `api`, `data_model`: those of its file, which it must confirm.  An error says what was expected.
std::expected<ParcelVector, std::string> read_parcel_vector(std::string_view line, bool is_push,
                                                            ParcelApi api, DataModel data_model);

}  // namespace touchstone::userspace
