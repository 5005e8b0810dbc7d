// result_json.h: a RunResult as JSON and back, losing nothing.  The JSON also sums up verdicts and
// exit status for readers that are not this program; they are not read back.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "conformance/result.h"

namespace touchstone {

std::string result_to_json(const RunResult& result);

// Or what is wrong with the text.
std::expected<RunResult, std::string> result_from_json(std::string_view text);

}  // namespace touchstone
