// parcel_reproducer.h: a stand-alone C program that makes the calls of a sequence and checks what
// they show, for those who write the library.  It needs nothing of ours.
#pragma once

#include <string>

#include "conformance/userspace/parcel_judge.h"
#include "conformance/userspace/parcel_play.h"

namespace touchstone::userspace {

// What its comment says.
struct ReproducerText {
  std::string name;
  std::string library;
  std::string clause;
  std::string sentence;
};

// Compiled with the library it ends with 0 if all came out as expected, else with 1 and a line that
// says what did not.
std::string print_reproducer(const ParcelCase& one, const ParcelLibraryNote& note,
                             const ReproducerText& text);

}  // namespace touchstone::userspace
