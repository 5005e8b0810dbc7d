// c_program_parts.h: the parts of a printed C program that are the same in each: how tasks live,
// how the device is called, how messages are made and looked at, how the director goes through the
// steps.  Knows no Program.  Used by c_program.cc alone.
#pragma once

#include <span>
#include <string_view>

namespace touchstone {

// Text that goes into a program if `word` stands in the rest of it; with no word it always does.
// A line that ends with `//? WORD` stays only if WORD stands elsewhere in the program.
struct CPart {
  std::string_view word;
  std::string_view text;
};

// In the order of the program, each using earlier ones; the names of the case stand after the
// first, its steps before the last.
std::span<const CPart> c_structure_parts();
std::span<const CPart> c_task_parts();
std::span<const CPart> c_device_parts();
std::span<const CPart> c_check_parts();
std::span<const CPart> c_life_parts();
std::span<const CPart> c_director_parts();

}  // namespace touchstone
