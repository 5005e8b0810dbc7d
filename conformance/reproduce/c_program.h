// c_program.h: prints a Program as one C program that stands alone: open, mmap, ioctl, fork and
// threads against a device node, each step checked against what the case expects.  Plays nothing
// itself.
#pragma once

#include <expected>
#include <string>

#include "adapter/program.h"

namespace touchstone {

// What the comment at the top says, and what is printed with a difference.
struct CProgramText {
  std::string name;
  std::string title;
  std::string clause;    // the first of the case; may be empty
  std::string sentence;  // of that clause
  std::string backend;   // that it was found on; may be empty
};

// Or why no plain program can play the Program: the step and its line.
std::expected<std::string, std::string> print_c_program(const Program& program,
                                                        const CProgramText& text);

}  // namespace touchstone
