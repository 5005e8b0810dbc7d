// program_bytes.h: Programs as bytes for fuzzers.  Total: any bytes are some Program, most changes
// of a byte change one step and leave the others as they are.  What a step expects is not in the
// bytes, but for the names that it gives to messages; the names themselves are numbered anew.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "adapter/program.h"

namespace touchstone {

// Bytes 0 and 1 are the header: the ABI, and whether ids are reused.  Then records, one a step:
// the kind of operation, the length of what follows in bytes (LEB128), the fields.  Fields missing
// at the end are 0; bytes left over count for nothing; a length that is too great is cut.
// Tasks and processes are counted from the first that was made, messages backwards from the last
// step that could have received one, all modulo how many there are.
inline constexpr std::size_t program_steps_max = 512;  // steps beyond are not decoded
inline constexpr std::size_t message_bytes_max =
    70000;  // of the data of one message, as of a buffer

// Tasks are T1, T2, ... and processes P1, P2, ... in the order in which they are made; the Nth step
// that can receive a message calls it mN.
Program decode_program(std::span<const std::byte> bytes);

// The bytes of a Program.  decode_program gives it back with the names as above, if no name in it
// is used before it is made, and if it is within the limits above.
std::vector<std::byte> encode_program(const Program& program);

}  // namespace touchstone
