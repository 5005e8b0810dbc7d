// parcel_c_text.h: the fixed parts of a stand-alone C program about parcels, and values as C writes
// them.  Used by parcel_reproducer.cc alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/userspace/parcel_layout.h"
#include "conformance/userspace/parcel_operation.h"
#include "conformance/userspace/parcel_reproducer.h"

namespace touchstone::userspace {

// What it is, and what it includes.
std::string c_heading(const ReproducerText& about);
// IpcIo, with the fields where the library has them.
std::string c_structure(const ParcelLayout& layout);
std::string c_service(bool is_newer);
std::string c_message();
// check(), and check_bytes() and what a count is before it is told where they are needed.
std::string c_checks(bool has_bytes, bool has_unset);
// guarded(): memory with no access before and behind it, and check_outside() for the bytes between;
// copied(): bytes in such memory, read-only.
std::string c_guards(bool has_guarded, bool has_copied);
std::string c_freed(bool has_callback);

std::string c_array(const std::string& name, const std::vector<std::byte>& bytes);
// Fit to stand between double quotes, cut after some letters.
std::string c_escaped(std::string_view text, std::size_t letters_max);
// The C type of a number: "int16_t".
std::string c_type(ParcelType type);
std::string c_handle(std::uint32_t handle, bool is_newer);
std::vector<std::byte> words_of(const std::vector<std::uint64_t>& numbers, DataModel data_model);

}  // namespace touchstone::userspace
