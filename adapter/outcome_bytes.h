// outcome_bytes.h: an Outcome as bytes and back, losing nothing (but `clause`, which only an
// in-process reference knows), for the pipe between a child process and the harness.  Both ends are
// the same program, so there is no version; the reader still trusts no byte.  Not the `.case` text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "adapter/outcome.h"

namespace touchstone {

std::string encode_outcome(const Outcome& outcome);

// None where the bytes are not exactly one encoded outcome.
std::optional<Outcome> decode_outcome(std::string_view bytes);

}  // namespace touchstone
