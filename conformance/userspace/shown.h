// shown.h: what a step shows, held against what a script states, and in the script's own words.
// Decides no verdict.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "conformance/userspace/player.h"
#include "conformance/userspace/script.h"

namespace touchstone::userspace {

// The value of a key, or null.
const std::string* value_of(const Shown& shown, std::string_view key);

// The same text, where a bare ? stands for any one character; or the same number: decimal in its
// one spelling, or 0x and hexadecimal digits.  A text in quotes is no number, and neither are bytes
// such as 0500.
bool is_same_value(const Word& stated, std::string_view shown);

// Whether everything stated is shown so; false for `crash`.
bool shows(const Shown& shown, const Stated& stated);

// The first key of any of them that is not shown at all, or null.
const Argument* first_not_shown(const Shown& shown, std::span<const Stated> alternatives);

// "null flag=1 used=4": all of it, or the keys that the alternatives state.
std::string text_of(const Shown& shown);
std::string text_of(const Shown& shown, std::span<const Stated> alternatives);

}  // namespace touchstone::userspace
